import type { Text } from '../configuration/objects.ts'
import { type Classification, higherOf, isAtMost } from '../domain/classification.ts'
import { coversMinute } from './check-hours.ts'
import { covers, type Granted, interruptionAt, type Policy, type Terms } from './decide.ts'
import type { DecisionInput, Refusal } from './decision.ts'
import { hoursOf, timeOf, wallClock } from './describe-time.ts'

/** What the checks of one exchange look at. Those that stand behind another may rely on it: it passed. */
export interface Subject {
  readonly input: DecisionInput
  readonly policy: Policy
  readonly label: Classification | null
  /** The agreement that decide() judges; null: none with this purpose. */
  readonly granted: Granted | null
}

/** One value that a check looked at. */
export interface Compared {
  readonly name: Text
  readonly value: string
}

interface Check {
  /** What holds where the check passes. */
  readonly claim: Text
  readonly holds: (subject: Subject) => boolean
  readonly compared: (subject: Subject) => readonly Compared[]
}

const NAMES = {
  operation: { en: 'operation', vi: 'thao tác' },
  agreed: { en: 'agreement for it', vi: 'thỏa thuận cho thao tác này' },
  declared: { en: 'declared classification', vi: 'mức mật khai báo' },
  purpose: { en: 'purpose', vi: 'mục đích' },
  agreement: { en: 'agreement', vi: 'thỏa thuận' },
  granted: { en: 'purposes of the agreement', vi: 'mục đích trong thỏa thuận' },
  from: { en: 'valid from', vi: 'có hiệu lực từ' },
  until: { en: 'valid until', vi: 'có hiệu lực đến' },
  at: { en: 'asked for', vi: 'thời điểm xét' },
  suspended: { en: 'suspended', vi: 'tạm ngừng' },
  dormant: { en: 'kept for emergencies', vi: 'dành cho tình huống khẩn cấp' },
  activated: { en: 'activated', vi: 'thời gian kích hoạt' },
  confirmed: { en: 'security confirmed on', vi: 'ngày xác nhận an toàn' },
  lapses: { en: 'good until', vi: 'có giá trị đến' },
  maintenance: { en: 'planned interruption', vi: 'thời gian bảo trì' },
  hours: { en: 'agreed hours', vi: 'khung giờ đã thỏa thuận' },
  local: { en: 'time there', vi: 'giờ địa phương' },
  label: { en: "operation's classification", vi: 'mức mật của thao tác' },
  effective: { en: 'effective classification', vi: 'mức mật áp dụng' },
  ceiling: { en: 'ceiling of the agreement', vi: 'mức mật trần của thỏa thuận' },
  guardrail: { en: 'guardrail that forbids', vi: 'quy tắc bảo vệ cấm' },
} as const satisfies Record<string, Text>

const value = (name: keyof typeof NAMES, text: string | null): Compared => ({ name: NAMES[name], value: text ?? '-' })
const yesOrNo = (holds: boolean): string => (holds ? 'yes' : 'no')

/**
 * Every check of decide() in its order, which is the contract; each refusal has exactly one. A new refusal does not compile until it
 * can be explained.
 */
export const CHECKS = {
  'no-agreement': {
    claim: {
      en: 'the system has an agreement for this operation',
      vi: 'hệ thống có thỏa thuận cho thao tác này',
    },
    holds: ({ label, ...subject }) => label !== null && isAgreed(subject),
    compared: ({ label, ...subject }) => [
      value('operation', label === null ? 'unknown' : `${subject.input.service} ${subject.input.operation}`),
      value('agreed', yesOrNo(label !== null && isAgreed(subject))),
    ],
  },
  'state-secret': {
    claim: { en: 'the data is no state secret', vi: 'dữ liệu không phải bí mật nhà nước' },
    holds: ({ input }) => input.declared !== 'state-secret',
    compared: ({ input }) => [value('declared', input.declared)],
  },
  'no-purpose': {
    claim: { en: 'a purpose is given', vi: 'có nêu mục đích' },
    holds: ({ input }) => input.purpose !== null,
    compared: ({ input }) => [value('purpose', input.purpose)],
  },
  'purpose-not-granted': {
    claim: { en: 'an agreement grants this purpose', vi: 'có thỏa thuận cho mục đích này' },
    holds: ({ granted }) => granted !== null,
    compared: ({ input, granted }) => [
      value('purpose', input.purpose),
      value('agreement', granted?.agreement.id ?? null),
      value('granted', granted?.agreement.purposes.join(', ') ?? null),
    ],
  },
  'agreement-not-yet-valid': {
    claim: { en: 'the agreement has begun', vi: 'thỏa thuận đã bắt đầu có hiệu lực' },
    holds: subject => subject.input.minute >= mustHave(subject).from,
    compared: subject => [value('from', timeOf(mustHave(subject).from)), value('at', timeOf(subject.input.minute))],
  },
  'agreement-expired': {
    claim: { en: 'the agreement has not ended', vi: 'thỏa thuận chưa hết hiệu lực' },
    holds: subject => subject.input.minute < mustHave(subject).until,
    compared: subject => [value('until', timeOf(mustHave(subject).until)), value('at', timeOf(subject.input.minute))],
  },
  'agreement-suspended': {
    claim: { en: 'the agreement is not suspended', vi: 'thỏa thuận không bị tạm ngừng' },
    holds: subject => !mustHave(subject).suspended,
    compared: subject => [value('suspended', yesOrNo(mustHave(subject).suspended))],
  },
  'service-suspended': {
    claim: { en: 'the service is not suspended', vi: 'dịch vụ không bị tạm ngừng' },
    holds: subject => !mustHave(subject).service.suspended,
    compared: subject => [value('suspended', yesOrNo(mustHave(subject).service.suspended))],
  },
  'agreement-dormant': {
    claim: {
      en: 'the agreement is not kept for emergencies, or it is activated',
      vi: 'thỏa thuận không thuộc loại dành cho tình huống khẩn cấp, hoặc đã được kích hoạt',
    },
    holds: subject => {
      const { awake } = mustHave(subject)
      return awake === null || covers(awake, subject.input.minute)
    },
    compared: subject => {
      const { dormant, activation } = mustHave(subject).agreement
      return [
        value('dormant', yesOrNo(dormant)),
        value('activated', activation && `${timeOf(activation.from)} - ${timeOf(activation.until)}`),
      ]
    },
  },
  'security-confirmation-expired': {
    claim: {
      en: 'the security confirmation is not older than 6 months',
      vi: 'xác nhận an toàn thông tin chưa quá 6 tháng',
    },
    holds: subject => subject.input.minute < mustHave(subject).securityConfirmedUntil,
    compared: subject => [
      value('confirmed', mustHave(subject).agreement.securityConfirmedOn),
      value('lapses', timeOf(mustHave(subject).securityConfirmedUntil)),
    ],
  },
  'outside-hours': {
    claim: { en: 'the time lies within the agreed hours', vi: 'thời điểm nằm trong khung giờ đã thỏa thuận' },
    holds: subject => {
      const { hours } = mustHave(subject)
      return hours === null || coversMinute(hours, subject.input.minute)
    },
    compared: subject => {
      const { hours } = mustHave(subject)
      return [
        value('hours', hours === null ? 'any' : hoursOf(hours)),
        value('local', hours === null ? null : wallClock(hours.zone, subject.input.minute)),
      ]
    },
  },
  'classification-lowered': {
    claim: {
      en: 'the declared classification is not below that of the operation',
      vi: 'mức mật khai báo không thấp hơn mức mật của thao tác',
    },
    holds: subject => {
      const declared = declaredBy(subject)
      return declared === null || isAtMost(labelOf(subject), declared)
    },
    compared: subject => [value('declared', declaredBy(subject)), value('label', labelOf(subject))],
  },
  'too-sensitive': {
    claim: {
      en: 'the effective classification is not above the ceiling of the agreement',
      vi: 'mức mật áp dụng không vượt mức trần của thỏa thuận',
    },
    holds: subject => isAtMost(effectiveOf(subject), mustHave(subject).ceiling),
    compared: subject => [value('effective', effectiveOf(subject)), value('ceiling', mustHave(subject).ceiling)],
  },
  'guardrail-error': {
    claim: { en: 'every guardrail could be evaluated', vi: 'mọi quy tắc bảo vệ đều đánh giá được' },
    holds: subject => forbiddenBy(subject) !== 'error',
    compared: () => [],
  },
  guardrail: {
    claim: { en: 'no guardrail forbids it', vi: 'không quy tắc bảo vệ nào cấm' },
    holds: subject => forbiddenBy(subject) === null,
    compared: subject => [value('guardrail', forbiddenBy(subject))],
  },
  'service-maintenance': {
    claim: { en: 'the service is not being maintained', vi: 'dịch vụ không trong thời gian bảo trì' },
    holds: subject => interruptionAt(mustHave(subject).service.maintenance, subject.input.minute) === null,
    compared: subject => {
      const window = interruptionAt(mustHave(subject).service.maintenance, subject.input.minute)
      return [value('maintenance', window && `${timeOf(window.from)} - ${timeOf(window.until)}`)]
    },
  },
} as const satisfies Record<Refusal['reason'], Check>

export type CheckName = keyof typeof CHECKS

const isAgreed = ({ input, policy }: Pick<Subject, 'input' | 'policy'>): boolean =>
  policy.isAgreed(input.consumer, input.service, input.operation)

function mustHave({ granted }: Subject): Granted & Terms {
  if (granted === null) throw new TypeError('looked at before the agreement was found')
  return { ...granted, ...granted.terms }
}

function labelOf({ label }: Subject): Classification {
  if (label === null) throw new TypeError('looked at before the operation was found')
  return label
}

const declaredBy = ({ input }: Subject): Classification | null =>
  input.declared === 'state-secret' ? null : input.declared

function effectiveOf(subject: Subject): Classification {
  const declared = declaredBy(subject)
  return declared === null ? labelOf(subject) : higherOf(labelOf(subject), declared)
}

/** Looked at last: the request has named a purpose by then. */
function forbiddenBy(subject: Subject): ReturnType<Policy['forbiddenBy']> {
  const { consumer, service, operation, purpose, minute } = subject.input
  if (purpose === null) throw new TypeError('looked at before the purpose was found')
  const classification = effectiveOf(subject)
  return subject.policy.forbiddenBy({ consumer, service, operation, purpose, classification, minute })
}
