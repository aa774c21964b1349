import { Command } from 'commander'
import { admitOfficer } from '../../control/desk/admit-officer.ts'
import { err, type Result } from '../../domain/result.ts'
import { systemClock } from '../../edge/clock.ts'
import { alertStore } from '../../edge/postgres/alerts.ts'
import { showAlert } from '../../office/alerts.ts'
import type { Alert } from '../../review/alerts/alert-store.ts'
import { reviewAlert, type ReviewRefusal } from '../../review/alerts/review-alert.ts'
import { type Acting, asOfficer, isOwnKey, type OfficerOptions, readOfficer } from '../change/officer.ts'
import { type CommandDesk, openDesk } from '../change/open-desk.ts'
import { EXIT, Misuse } from '../misuse.ts'
import { readSettings } from '../settings.ts'
import { withStore } from '../with-store.ts'
import { lineOf } from './line.ts'

const MAX_NOTE = 1_000

type Refusal = ReviewRefusal | 'bad-key' | 'officer-unknown' | 'officer-disabled' | 'officer-idle' | 'unverified'

interface Options extends OfficerOptions {
  readonly note: string
}

export const reviewCommand = (environment: NodeJS.ProcessEnv): Command =>
  asOfficer(
    new Command('review')
      .description('Writes down that you have looked at an alert, and what you found; recorded in the control lane')
      .argument('<id>')
      .requiredOption('--note <text>', 'what you found; it stays for ever, so no personal data'),
  ).action(async (id: string, options: Options) => {
    const note = options.note.trim()
    if (note === '' || note.length > MAX_NOTE || /\p{Cc}/u.test(note))
      throw new Misuse(`--note: one line of 1 to ${MAX_NOTE} characters`)
    const officer = await readOfficer(options)
    const settings = readSettings(environment)
    const reviewed = await withStore(settings, async database => {
      const desk = openDesk(database, settings, options.genesis)
      return review(desk, officer, known => reviewAlert(alertStore(database), id, known, note, systemClock().now()))
    })
    process.exitCode = reviewed.ok ? EXIT.good : EXIT.foundWrong
    if (options.json)
      console.log(JSON.stringify(reviewed.ok ? { alert: showAlert(reviewed.value) } : { refused: reviewed.error }))
    else console.log(reviewed.ok ? lineOf(reviewed.value) : `refused: ${WHY[reviewed.error]}`)
  })

type Reviewing = (officer: Parameters<typeof reviewAlert>[2]) => Promise<Result<Alert, ReviewRefusal>>

/** The officer of the key, as the newest revision knows it. */
async function review(desk: CommandDesk, acting: Acting, reviewing: Reviewing): Promise<Result<Alert, Refusal>> {
  const now = systemClock().now()
  const newest = await desk.revisions.newest()
  if (!newest) return err('unverified')
  if (!(await isOwnKey(desk, acting, 'reviewAlert', null))) return err('bad-key')
  const { officers } = newest.configuration
  const admitted = await admitOfficer(acting.id, officers, id => desk.store.seenAt(id, now), now)
  const officer = officers.find(({ id }) => id === acting.id)
  if (!officer) return err('officer-unknown')
  if (!admitted.ok) return err(officer.disabled ? 'officer-disabled' : 'officer-idle')
  await desk.store.touch(acting.id, now)
  return reviewing(officer)
}

const WHY = {
  'not-found': 'there is no such alert',
  'not-entitled': 'security officers and auditors review alerts',
  'no-review-needed': 'it needs no review: it ends by itself',
  'already-reviewed': 'somebody has reviewed it already',
  'own-act': 'you signed what it is about: another officer reviews it',
  'bad-key': '--key is not the key of this officer',
  'officer-unknown': 'there is no such officer',
  'officer-disabled': 'the officer is disabled',
  'officer-idle': 'the officer has not been seen for 45 days',
  unverified: 'the stored revisions do not verify: see `lienthong doctor`',
} as const satisfies Record<Refusal, string>
