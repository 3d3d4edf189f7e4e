/** What can go wrong, in Russian: what happened, and what is safe. */
import type { LinkFailure, SendFailure, SignInFailure } from '../../engine/engine.ts'
import type { SendTrouble, StopReason } from '../../engine/read.ts'

/** What happened, and what is safe. */
export interface Trouble {
  readonly title: string
  readonly text: string
}

export const linkFailure: Record<LinkFailure, Trouble> = {
  not_a_link: { title: 'Это не ссылка Plasma', text: 'Ссылка начинается с адреса сайта и содержит знак #.' },
  malformed: { title: 'Ссылка обрезана', text: 'Скопируйте её целиком, вместе с частью после знака #.' },
  unknown_version: { title: 'Ссылка из новой версии', text: 'Обновите Plasma и откройте ссылку ещё раз.' },
  own_link: { title: 'Это ваша ссылка', text: 'Покажите её тому, кто хочет вам написать.' },
  link_gone: {
    title: 'Ссылка больше не действует',
    text: 'Владелец сменил её или остановил. Попросите новую.',
  },
  entitlement_required: {
    title: 'Новую переписку начать нельзя',
    text: 'Доступ закончился. Читать и отвечать можно по-прежнему.',
  },
  account_swapped: {
    title: 'По ссылке отвечает кто-то другой',
    text: 'Сервер показал не того, кому принадлежит ссылка. Мы ничего не отправили.',
  },
  descriptor_forged: {
    title: 'Ссылка не подтверждает владельца',
    text: 'Данные по ссылке подменены. Мы ничего не отправили.',
  },
  offline: {
    title: 'Нет сети',
    text: 'Ссылка сохранена на этом устройстве. Откроем её, когда сеть появится.',
  },
  too_many: { title: 'Слишком много ссылок подряд', text: 'Подождите немного и попробуйте ещё раз.' },
  blocked: { title: 'Вы заблокировали этого человека', text: 'Чтобы написать, сначала разблокируйте его.' },
}

export const signInFailure: Record<SignInFailure, Trouble> = {
  no_request: { title: 'Вход начат не здесь', text: 'Начните вход ещё раз на этом устройстве.' },
  nonce_mismatch: { title: 'Ответ от другого входа', text: 'Начните вход ещё раз на этом устройстве.' },
  grant_refused: { title: 'Вход не подтверждён', text: 'Платформа не подтвердила вход. Попробуйте ещё раз.' },
  account_exists: {
    title: 'У вас уже есть Plasma на другом устройстве',
    text: 'Переписка осталась там. Откройте Plasma на том устройстве.',
  },
  offline: { title: 'Нет сети', text: 'Войти можно только с сетью. Ссылка сохранена на этом устройстве.' },
  unsupported_browser: {
    title: 'Этот браузер не подходит',
    text: 'Откройте Plasma в новой версии Chrome, Firefox или Safari.',
  },
  storage_blocked: {
    title: 'Браузер не даёт хранить данные',
    text: 'Выйдите из частного режима или разрешите хранение.',
  },
}

export const sendFailure: Record<SendFailure, string> = {
  too_long: 'Сообщение слишком длинное. Разделите его на части.',
  empty: 'Напишите хотя бы слово.',
  not_ready: 'Ссылка ещё проверяется. Текст никуда не денется.',
  request_limit: 'В запрос помещается 300 знаков. Остальное можно написать после ответа.',
  blocked: 'Вы заблокировали этого человека.',
  storage_full: 'На устройстве закончилось место. Освободите немного и отправьте ещё раз.',
}

export const sendTrouble: Record<SendTrouble, string> = {
  not_accepted: 'Запрос не принят',
  account_gone: 'Этой учётной записи больше нет',
  too_large: 'Сообщение слишком длинное',
  mailbox_full: 'У собеседника накопилось слишком много сообщений',
  peer_alarm: 'Список устройств собеседника не сошёлся',
}

export const stop: Record<StopReason, Trouble> = {
  unsupported_browser: {
    title: 'Этот браузер не подходит',
    text: 'Plasma работает в новых версиях Chrome, Firefox и Safari. Здесь ничего не сохранено.',
  },
  storage_blocked: {
    title: 'Браузер не даёт хранить данные',
    text: 'Переписка живёт только на вашем устройстве, поэтому без хранения её негде держать. Выйдите из частного режима.',
  },
  device_revoked: {
    title: 'Это устройство удалено',
    text: 'Его удалили с другого вашего устройства. Новые сообщения сюда больше не приходят.',
  },
  restored_copy: {
    title: 'Данные восстановлены из копии',
    text: 'Старая копия может повредить переписку, поэтому мы остановились. Выйдите и войдите заново.',
  },
  update_needed: {
    title: 'Нужна новая версия',
    text: 'Переписка на месте. Обновите Plasma, чтобы продолжить.',
  },
  self_test_failed: {
    title: 'Браузер не прошёл проверку',
    text: 'Он неверно считает то, на чём держится тайна переписки. Обновите его. Данные на месте.',
  },
}
