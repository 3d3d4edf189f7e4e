/** Four words both Persons should see, and the same in 60 digits for those who share no language. */
import { Suspense, use, useState } from 'react'
import { Card, RowButton } from '../parts/Card.tsx'
import { Icon } from '../parts/Icon.tsx'
import { useWords, type Language } from '../text/text.tsx'
import styles from './SafetyWords.module.css'
import { safetyWords } from './wordList.ts'

interface SafetyWordsProps {
  readonly name: string
  readonly safety: { readonly words: readonly number[]; readonly digits: string }
}

export function SafetyWords({ name, safety }: SafetyWordsProps) {
  const { text, language } = useWords()
  const [unfolded, setUnfolded] = useState(false)
  return (
    <section className={styles['section']}>
      <h2 className={styles['title']}>{text.contact.wordsTitle(name)}</h2>
      <p className={styles['note']}>{text.contact.wordsNote}</p>
      <Suspense fallback={<div className={styles['coming']} />}>
        <Words indices={safety.words} language={language} />
      </Suspense>
      <Card>
        {unfolded ? (
          <div className={styles['digits']}>
            <h3 className={styles['digitsTitle']}>{text.contact.digitsShown}</h3>
            <p className={styles['groups']}>
              {groupsOf(safety.digits, 10).map((group, index) => (
                <span key={index}>{group}</span>
              ))}
            </p>
          </div>
        ) : (
          <RowButton
            icon="hash"
            name={text.contact.digits}
            end={<Icon name="down" size="inline" />}
            onClick={() => setUnfolded(true)}
          />
        )}
      </Card>
      <p className={styles['note']}>{text.contact.wordsKeep}</p>
    </section>
  )
}

function Words({ indices, language }: { indices: readonly number[]; language: Language }) {
  const { text } = useWords()
  const list = use(safetyWords(language))
  return (
    <ol className={styles['words']} aria-label={text.contact.words}>
      {indices.map((index, place) => (
        <li key={place} className={styles['word']}>
          <span className={styles['number']} aria-hidden="true">
            {place + 1}
          </span>
          {list[index]}
        </li>
      ))}
    </ol>
  )
}

function groupsOf(digits: string, size: number): readonly string[] {
  return digits.match(new RegExp(`.{1,${size}}`, 'g')) ?? []
}
