/** Settings: name, privacy, storage, appearance, language, leaving. */
import { useState } from 'react'
import type { AppSnapshot } from '../../engine/read.ts'
import { Button } from '../parts/Button.tsx'
import { Card, Row, RowButton, RowLink } from '../parts/Card.tsx'
import { Field } from '../parts/Field.tsx'
import { Screen } from '../parts/Screen.tsx'
import { Segmented } from '../parts/Segmented.tsx'
import { Sheet, SheetActions } from '../parts/Sheet.tsx'
import { Switch } from '../parts/Switch.tsx'
import { useApp, useEngine } from '../read.tsx'
import { useWords } from '../text/text.tsx'
import styles from './Settings.module.css'
import { Storage } from './Storage.tsx'

export function Settings() {
  const { text } = useWords()
  const app = useApp()
  if (app === undefined) return null
  return (
    <Screen title={text.settings.title} back={{ to: '/', name: text.nav.back }} arrive>
      <div className={styles['page']}>
        {app.account !== null && <Name kept={app.account.name} />}
        <Card>
          <RowLink to="/my-link" icon="qr" name={text.links.title} />
          {app.account !== null && (
            <Row icon="devices" name={text.settings.devices} end={app.account.deviceCount} />
          )}
        </Card>
        <Receipts app={app} />
        <Storage persisted={app.storage.persisted} />
        <Appearance app={app} />
        <SignOut />
      </div>
    </Screen>
  )
}

function Name({ kept }: { kept: string }) {
  const { text } = useWords()
  const engine = useEngine()
  const [name, setName] = useState(kept)
  const save = () => {
    if (name.trim() !== kept) void engine.saveProfile({ name: name.trim() })
  }
  return (
    <Field
      name={text.settings.name}
      hint={text.settings.nameHint}
      value={name}
      maxLength={64}
      autoComplete="name"
      onChange={setName}
      onBlur={save}
    />
  )
}

function Receipts({ app }: { app: AppSnapshot }) {
  const { text } = useWords()
  const engine = useEngine()
  return (
    <Card>
      <Row
        icon="read"
        name={text.settings.receipts}
        note={text.settings.receiptsNote}
        end={
          <Switch
            name={text.settings.receipts}
            on={app.settings.readReceipts}
            onChange={(readReceipts) => void engine.saveSettings({ readReceipts })}
          />
        }
      />
    </Card>
  )
}

function Appearance({ app }: { app: AppSnapshot }) {
  const { text } = useWords()
  const engine = useEngine()
  const { theme, density, language } = app.settings
  const themes = ['auto', 'light', 'dark', 'contrast'] as const
  const densities = ['cozy', 'compact'] as const
  const languages = ['auto', 'ru', 'en'] as const
  return (
    <Card>
      <Row icon="theme" name={text.settings.appearance} />
      <div className={styles['choice']}>
        <Segmented
          name={text.settings.appearance}
          value={theme}
          options={themes.map((value) => ({ value, name: text.settings.theme[value] }))}
          onChange={(chosen) => void engine.saveSettings({ theme: chosen })}
        />
      </div>
      <Row icon="rows" name={text.settings.density} />
      <div className={styles['choice']}>
        <Segmented
          name={text.settings.density}
          value={density}
          options={densities.map((value) => ({ value, name: text.settings[value] }))}
          onChange={(chosen) => void engine.saveSettings({ density: chosen })}
        />
      </div>
      <Row icon="language" name={text.settings.language} />
      <div className={styles['choice']}>
        <Segmented
          name={text.settings.language}
          value={language}
          options={languages.map((value) => ({ value, name: text.settings.languages[value] }))}
          onChange={(chosen) => void engine.saveSettings({ language: chosen })}
        />
      </div>
    </Card>
  )
}

function SignOut() {
  const { text } = useWords()
  const engine = useEngine()
  const [asking, setAsking] = useState(false)
  return (
    <>
      <Card>
        <RowButton icon="trash" name={text.settings.signOut} danger onClick={() => setAsking(true)} />
      </Card>
      {asking && (
        <Sheet title={text.settings.signOutTitle} onClose={() => setAsking(false)}>
          <p>{text.settings.signOutText}</p>
          <SheetActions>
            <Button wide look="danger" onClick={() => void engine.signOut()}>
              {text.settings.signOutAction}
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
