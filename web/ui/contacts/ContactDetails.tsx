/** A Contact's page: how the Account was proven, words to compare, Devices, Block. */
import { useState } from 'react'
import type { ConversationSnapshot } from '../../engine/read.ts'
import { Avatar } from '../parts/Avatar.tsx'
import { Button, IconLink } from '../parts/Button.tsx'
import { Card, RowButton } from '../parts/Card.tsx'
import { Mark } from '../parts/Mark.tsx'
import { Screen } from '../parts/Screen.tsx'
import { Sheet, SheetActions } from '../parts/Sheet.tsx'
import { useConversation, useEngine } from '../read.tsx'
import { useWords } from '../text/text.tsx'
import styles from './ContactDetails.module.css'
import { SafetyWords } from './SafetyWords.tsx'

export function ContactDetails({ conversationId }: { conversationId: string }) {
  const { text } = useWords()
  const conversation = useConversation(conversationId)
  if (conversation === undefined || conversation === null) return null
  const name = conversation.name || text.list.unnamed
  return (
    <Screen
      title={text.contact.title}
      back={{ to: `/conversation/${conversationId}`, name: text.nav.back, until: 'three_panes' }}
      actions={
        <span className={styles['onlyBeside']}>
          <IconLink icon="close" name={text.nav.hideDetails} to={`/conversation/${conversationId}`} />
        </span>
      }
      arrive
    >
      <div className={styles['page']}>
        <div className={styles['who']}>
          <Avatar accountId={conversation.accountId} name={conversation.name} size="page" />
          <h2 className={styles['name']}>{name}</h2>
          <p className={styles['devices']}>{text.conversation.devices(conversation.deviceCount)}</p>
        </div>
        <p className={styles['proof']}>
          <Mark look={conversation.proof === 'unproven' ? 'hollow' : 'brand'} size="inline" />
          {text.contact.proof[conversation.proof]}
        </p>
        <SafetyWords name={conversation.name} safety={conversation.safety} />
        <Blocking conversation={conversation} name={name} />
      </div>
    </Screen>
  )
}

function Blocking({ conversation, name }: { conversation: ConversationSnapshot; name: string }) {
  const { text } = useWords()
  const engine = useEngine()
  const [asking, setAsking] = useState(false)
  const { conversationId, kind } = conversation
  const block = () => {
    setAsking(false)
    void engine.block(conversationId)
  }
  return (
    <>
      <Card>
        {kind === 'blocked' ? (
          <RowButton
            icon="prohibit"
            name={text.contact.unblock}
            onClick={() => void engine.unblock(conversationId)}
          />
        ) : (
          <RowButton icon="prohibit" name={text.contact.block} danger onClick={() => setAsking(true)} />
        )}
      </Card>
      {asking && (
        <Sheet title={text.contact.blockTitle(name)} onClose={() => setAsking(false)}>
          <p>{text.contact.blockText}</p>
          <SheetActions>
            <Button wide look="danger" onClick={block}>
              {text.contact.block}
            </Button>
            <Button wide look="plain" onClick={() => setAsking(false)}>
              {text.nav.cancel}
            </Button>
          </SheetActions>
        </Sheet>
      )}
    </>
  )
}
