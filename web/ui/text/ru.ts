/** Russian, the first language: its shape is the catalogue's type. «вы», ё, no exclamation marks, no blame. */
import type { MakeLinkResult } from '../../engine/engine.ts'
import type { LinkRow, Settings } from '../../engine/read.ts'
import { firstName, genitiveOfFirstName } from './names.ts'
import { russianForm } from './plural.ts'
import { linkFailure, sendFailure, sendTrouble, signInFailure, stop } from './ruTroubles.ts'

const messages = (count: number) =>
  `${count} ${russianForm(count, { one: 'сообщение', few: 'сообщения', many: 'сообщений' })}`
const devices = (count: number) =>
  `${count} ${russianForm(count, { one: 'устройство', few: 'устройства', many: 'устройств' })}`
const onDevices = (count: number) =>
  `${count} ${russianForm(count, { one: 'устройстве', few: 'устройствах', many: 'устройствах' })}`
const whose = (name: string) => genitiveOfFirstName(name) ?? 'собеседника'
const who = (name: string) => (name === '' ? 'Собеседник' : firstName(name))

const makeLinkFailure: Record<Extract<MakeLinkResult, { ok: false }>['failure'], string> = {
  offline: 'Нет сети. Ссылку можно сделать позже.',
  refused: 'Платформа не разрешила новую ссылку.',
  limit: 'Ссылок уже слишком много. Смените одну из старых.',
}

const linkState: Record<LinkRow['state'], string> = {
  active: 'Работает',
  paused: 'На паузе',
  rotated: 'Заменена',
  claimed: 'Использована',
  expired: 'Срок вышел',
}
const theme: Record<Settings['theme'], string> = {
  auto: 'Авто',
  light: 'Светлое',
  dark: 'Тёмное',
  contrast: 'Контраст',
}

export const ru = {
  nav: {
    back: 'Назад',
    close: 'Закрыть',
    settings: 'Настройки',
    myLink: 'Моя ссылка',
    openLink: 'Открыть ссылку',
    details: 'О собеседнике',
    hideDetails: 'Скрыть сведения',
    cancel: 'Отмена',
    save: 'Сохранить',
    retry: 'Попробовать ещё раз',
    conversation: 'Переписка',
  },
  connection: {
    offline: 'Нет сети. Сообщения ждут на этом устройстве.',
    connecting: 'Соединяемся. Сообщения уже здесь.',
  },
  update: { text: 'Готова новая версия. Переписка останется на месте.', action: 'Обновить', later: 'Позже' },
  firstRun: {
    title: 'Напишите первым',
    lead: 'Ни телефона, ни почты: всё остаётся на этом устройстве.',
    profileOn: (platform: string) => `Профиль на ${platform}`,
    someone: 'Владелец ссылки',
    proven: 'Это точно владелец профиля: подтверждает сама ссылка.',
    provenLater: 'Кто это, будет видно после входа.',
    checking: 'Проверяем, что ссылка принадлежит владельцу профиля.',
    signInOn: (platform: string) => `Продолжить на ${platform}`,
    signIn: 'Продолжить',
    signInNote: (platform: string) =>
      `${platform} подтвердит, что это вы, и вернёт вас сюда. О переписке там не узнают.`,
    decides: (name: string) =>
      name === ''
        ? 'Отвечать или нет, решит владелец ссылки. До этого о вас ничего не узнают.'
        : `${firstName(name)} решит, отвечать ли. До этого о вас ничего не узнают.`,
    notNow: 'Не сейчас',
    place: 'Первое сообщение',
  },
  welcome: {
    title: 'Переписка, которую читают только двое',
    lead: 'Здесь нет каталога, и найти вас нельзя. Знакомятся по ссылке из профиля.',
    signInOn: (platform: string) => `Войти через ${platform}`,
    openLink: 'Открыть ссылку',
    signingIn: 'Входим',
    signingInNote: 'Делаем место для переписки на этом устройстве.',
  },
  list: {
    title: 'Переписки',
    search: 'Поиск',
    requests: (count: number) =>
      `${count} ${russianForm(count, { one: 'запрос', few: 'запроса', many: 'запросов' })}`,
    requestsNote: 'Они ничего о вас не знают, пока вы не примете',
    draft: 'Черновик:',
    sending: (count: number) =>
      `${russianForm(count, { one: 'Отправляется', few: 'Отправляются', many: 'Отправляется' })} ${messages(count)}`,
    waiting: (count: number) =>
      `${messages(count)} ${russianForm(count, { one: 'ждёт', few: 'ждут', many: 'ждут' })} сети`,
    onItsWay: 'Сообщение в пути',
    empty: 'Сообщений пока нет',
    asked: 'Ждёт ответа на запрос',
    blocked: 'Заблокировано',
    unread: (count: number) =>
      `${count} ${russianForm(count, { one: 'новое', few: 'новых', many: 'новых' })}`,
    nothing: (query: string) => `По запросу «${query}» на этом устройстве ничего нет`,
    delivered: 'доставлено',
    unnamed: 'Без имени',
    pending: (name: string) =>
      name === '' ? 'Открытая ссылка ждёт первого сообщения.' : `${name}: ссылка ждёт первого сообщения.`,
    write: 'Написать',
    choose: 'Выберите переписку',
    chooseNote: 'Она откроется здесь.',
  },
  empty: {
    title: 'Здесь знакомятся по ссылке',
    text: 'Каталога нет, найти вас никто не может. Добавьте свою ссылку в профиль или откройте чужую.',
    myLink: 'Моя ссылка',
    scan: 'Открыть ссылку',
  },
  expired: {
    until: (date: string, platform: string) =>
      `Доступ закончился ${date}. Читать и отвечать можно; чтобы начать новую переписку, продлите на ${platform}.`,
    none: (platform: string) =>
      `Читать и отвечать можно; чтобы начать новую переписку, подключите доступ на ${platform}.`,
    renew: 'Продлить',
  },
  requests: {
    title: 'Запросы',
    note: 'Незнакомец хочет написать. Он ничего о вас не узнает, пока вы не примете.',
    accept: 'Принять',
    block: 'Заблокировать',
    emptyTitle: 'Запросов нет',
    emptyText: 'Когда кто-то напишет по вашей ссылке, запрос появится здесь.',
  },
  conversation: {
    log: (name: string) => `Сообщения, ${name}`,
    provenByLink: 'Подтверждено ссылкой',
    request: 'Хочет написать',
    asked: 'Запрос отправлен',
    blocked: 'Заблокировано',
    devices,
    newSince: (time: string) => `Новые с ${time}`,
    newBelow: (count: number) =>
      `${count} ${russianForm(count, { one: 'новое', few: 'новых', many: 'новых' })}`,
    toEnd: 'К последним сообщениям',
    onItsWay: 'Сообщение в пути: просим отправителя повторить. Делать ничего не нужно.',
    gap: 'Часть сообщений удалена с сервера: устройство долго не было в сети.',
    updateNeeded: 'Это сообщение из новой версии. Обновите Plasma, чтобы его прочитать.',
    place: 'Сообщение',
    send: 'Отправить',
    used: (used: number, limit: number) => `${used} / ${limit}`,
    usedSpoken: (used: number, limit: number) => `Знаков ${used} из ${limit}`,
    requestNote: (name: string) =>
      `Пока ${name === '' ? 'вам не ответили' : `${firstName(name)} не ответит`}, в запрос помещается 300 знаков.`,
    requestFull: (name: string) =>
      `Запрос отправлен. Продолжить можно, когда ${name === '' ? 'вам ответят' : `${firstName(name)} ответит`}.`,
    blockedNote: 'Вы заблокировали этого человека. Сообщения от него не приходят.',
    unblock: 'Разблокировать',
    cannotWrite: 'Написать сюда сейчас нельзя. Переписка на месте.',
    incoming: (name: string, text: string) => `${who(name)}: ${text}`,
    own: 'Вы',
    fork: {
      title: (name: string) => `Список устройств ${whose(name)} раздвоился`,
      text: 'Нам показали две его версии. Так бывает, когда кто-то хочет подключиться к переписке. Отправка остановлена.',
    },
    rolledBack: {
      title: (name: string) => `Список устройств ${whose(name)} откатили назад`,
      text: 'Сервер показал старую версию. Отправка ждёт, пока придёт свежая.',
    },
    chainUpdate: {
      title: () => 'Нужна новая версия Plasma',
      text: 'Собеседник пользуется тем, чего эта версия не знает. Обновите Plasma.',
    },
    stale: (date: string) => `Список устройств не подтверждён с ${date}.`,
    safe: 'Прежняя переписка на месте.',
    compare: 'Сверить слова',
  },
  mark: {
    on_device: 'на этом устройстве',
    with_server: 'на сервере, зашифровано',
    delivered: (name: string, count: number) => `на ${onDevices(count)} ${whose(name)}`,
    read: 'прочитано',
    failed: 'не отправлено',
    expired: 'не доставлено за 30 дней',
  },
  markDetails: {
    title: 'Где это сообщение',
    on_device: 'Оно на этом устройстве и уйдёт само, как только будет сеть.',
    with_server: (name: string) =>
      `Оно на сервере, зашифровано. ${who(name)} прочтёт его, когда откроет Plasma.`,
    delivered: (delivered: number, of: number) =>
      `Доставлено на ${devices(delivered)} из ${of}. С сервера удалено.`,
    read: 'Прочитано. Отметки взаимные: вы видите их, пока показываете свои.',
    failed: 'Оно осталось только на этом устройстве.',
    expired: 'За 30 дней его никто не забрал, и сервер его удалил. У вас оно осталось.',
    sentAt: (day: string, time: string) => `${day}, ${time}`,
    retry: 'Отправить ещё раз',
    cancel: 'Не отправлять',
    cancelled: 'Сообщение не будет отправлено',
    tooLate: 'Сообщение уже ушло',
    open: (state: string) => `Сообщение ${state}. Подробнее`,
  },
  contact: {
    title: 'О собеседнике',
    wordsTitle: (name: string) => `У ${genitiveOfFirstName(name) ?? 'собеседника'} должны быть эти же слова`,
    wordsNote: 'Спросите при встрече или по телефону. Порядок важен.',
    wordsKeep: 'Слова не изменятся, когда кто-то из вас добавит устройство.',
    words: 'Слова для сверки',
    digits: 'Показать 60 цифр',
    digitsShown: '60 цифр',
    proof: {
      link: 'Подтверждено ссылкой',
      known: 'Знакомство по вашей ссылке',
      unproven: 'Слова ещё не сверены',
    },
    block: 'Заблокировать',
    unblock: 'Разблокировать',
    blockTitle: (name: string) => `Заблокировать: ${name}?`,
    blockText: 'Сообщения перестанут приходить. Собеседнику мы об этом не скажем. Переписка останется у вас.',
  },
  links: {
    title: 'Моя ссылка',
    note: 'По этой ссылке вам могут написать. Она сама подтверждает, что это вы. Работает без сети.',
    oneTimeNote: 'Ссылка на один раз: после первого запроса она перестанет работать.',
    copy: 'Копировать',
    copied: 'Ссылка скопирована',
    share: 'Поделиться',
    save: 'Сохранить',
    saved: 'Картинка сохранена',
    picture: (label: string) => `QR-код ссылки «${label}»`,
    addToProfile: (platform: string) => `Добавить в профиль на ${platform}`,
    all: 'Все ссылки',
    state: linkState,
    wrote: (count: number) =>
      count === 0
        ? 'никто ещё не написал'
        : `${russianForm(count, { one: 'написал', few: 'написали', many: 'написали' })} ${count} ${russianForm(count, { one: 'человек', few: 'человека', many: 'человек' })}`,
    uses: (used: number, limit: number) => `${used} из ${limit}`,
    unpublished: 'Ждёт сети, пока не работает',
    make: 'Новая ссылка',
    makeFirst: 'Сделать ссылку',
    emptyTitle: 'Ссылки ещё нет',
    emptyText: 'Она приведёт к вам того, кому вы её дали, и сама подтвердит, что это вы.',
    label: 'Название',
    labelHint: 'Видите только вы. Например, где она размещена.',
    defaultLabel: 'Профиль',
    kind: 'Сколько раз работает',
    longLived: 'Много раз',
    oneTime: 'Один раз',
    limit: 'Предел запросов',
    limitHint: 'Пусто, если предела нет.',
    edit: 'Изменить ссылку',
    more: (label: string) => `Изменить «${label}»`,
    on: (label: string) => `«${label}» принимает запросы`,
    rotate: 'Сменить ссылку',
    rotateText: 'Старая перестанет работать сразу. Поменяйте её там, где разместили.',
    failure: makeLinkFailure,
    refused: 'Не получилось изменить ссылку. Попробуйте, когда будет сеть.',
    fileName: 'plasma-ссылка.png',
  },
  scan: {
    title: 'Открыть ссылку',
    paste: 'Вставьте ссылку',
    open: 'Открыть',
    camera: 'Навести камеру на QR-код',
    cameraHint: 'Наведите камеру на QR-код',
    noCamera: 'Камера недоступна. Вставьте ссылку или выберите картинку.',
    stopCamera: 'Выключить камеру',
    picture: 'Выбрать картинку с QR-кодом',
    nothing: 'На картинке не видно QR-кода. Попробуйте снимок крупнее.',
    working: 'Проверяем ссылку',
    local: 'Картинка не покидает это устройство.',
  },
  settings: {
    title: 'Настройки',
    name: 'Имя',
    nameHint: 'Видят только собеседники, которых вы приняли или которым написали.',
    devices: 'Устройства',
    receipts: 'Отметки о прочтении',
    receiptsNote: 'Взаимные: видите оба или никто',
    storage: 'Место',
    storageOf: (used: string, all: string) => `${used} из ${all}`,
    kept: 'Браузер не удалит переписку сам',
    notKept: 'Браузер может удалить переписку, если ему не хватит места.',
    keep: 'Хранить надёжно',
    keepRefused: 'Браузер пока не согласился. Установите Plasma как приложение и попробуйте ещё раз.',
    appearance: 'Оформление',
    theme,
    density: 'Плотность',
    cozy: 'Свободно',
    compact: 'Плотно',
    language: 'Язык',
    languages: { auto: 'Авто', ru: 'Русский', en: 'English' },
    signOut: 'Выйти и стереть всё',
    signOutTitle: 'Стереть всё с этого устройства?',
    signOutText: 'Переписка хранится только здесь. Вернуть её будет неоткуда.',
    signOutAction: 'Стереть и выйти',
  },
  trouble: {
    link: linkFailure,
    signIn: signInFailure,
    send: sendFailure,
    sendTrouble,
    stop,
    anotherAccount: {
      title: 'Вы вошли под другим именем',
      text: 'На этом устройстве уже есть переписка другой учётной записи. Она на месте. Войдите под прежним именем или сотрите её.',
    },
    notFound: { title: 'Здесь ничего нет', text: 'Адрес изменился или переписки нет на этом устройстве.' },
    reload: 'Обновить',
    toList: 'К перепискам',
  },
}

/** Every language gives every string; one that is missing does not compile. */
export type Text = typeof ru
