/** The list of their Devices does not add up: a calm card in place of the composer. What happened, what is safe, one act. */
import type { ConversationSnapshot } from '../../engine/read.ts'
import { Button, ButtonLink } from '../parts/Button.tsx'
import { Mark } from '../parts/Mark.tsx'
import { useWords } from '../text/text.tsx'
import styles from './AlarmCard.module.css'

export function AlarmCard({ conversation }: { conversation: ConversationSnapshot }) {
  const { text } = useWords()
  const { chainState, name, conversationId } = conversation
  if (chainState === 'ok') return null
  const alarm = {
    fork: text.conversation.fork,
    rolled_back: text.conversation.rolledBack,
    update_needed: text.conversation.chainUpdate,
  }[chainState]
  return (
    <section className={styles['card']}>
      <div className={styles['head']}>
        <Mark look="alarm" size="card" />
        <div className={styles['words']}>
          <h2 className={styles['title']}>{alarm.title(name)}</h2>
          <p className={styles['text']}>{alarm.text}</p>
        </div>
      </div>
      <p className={styles['safe']}>{text.conversation.safe}</p>
      {chainState === 'update_needed' ? (
        <Button look="fill" onClick={() => location.reload()}>
          {text.trouble.reload}
        </Button>
      ) : (
        <ButtonLink look="fill" to={`/conversation/${conversationId}/details`}>
          {text.conversation.compare}
        </ButtonLink>
      )}
    </section>
  )
}
