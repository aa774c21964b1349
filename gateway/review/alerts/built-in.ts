import type { AlertRule, Text } from '../../configuration/objects.ts'

export interface BuiltInAlert {
  readonly title: Text
  /** `needed`: it stays open until a person has looked at it. */
  readonly review: 'none' | 'needed'
}

/** What every gateway raises. The code is stable; texts may improve. */
export const BUILT_IN = {
  'audit-failure': {
    title: { en: 'Records cannot be written', vi: 'Không ghi được nhật ký kiểm toán' },
    review: 'none',
  },
  'revision-not-loadable': {
    title: { en: 'A revision cannot be obeyed', vi: 'Không thể áp dụng một bản cấu hình' },
    review: 'needed',
  },
  'certificate-expiring': {
    title: { en: 'A certificate in use expires soon', vi: 'Chứng thư số đang dùng sắp hết hạn' },
    review: 'none',
  },
  'revocation-stale': {
    title: { en: 'Revocation lists are stale', vi: 'Danh sách thu hồi chứng thư đã cũ' },
    review: 'none',
  },
  'few-security-officers': {
    title: { en: 'Fewer than three security officers are active', vi: 'Còn ít hơn ba cán bộ an ninh hoạt động' },
    review: 'none',
  },
  'officer-idle': {
    title: { en: 'An officer has not been seen for 45 days', vi: 'Cán bộ không hoạt động trong 45 ngày' },
    review: 'none',
  },
  'break-glass': {
    title: { en: 'A dormant agreement is activated', vi: 'Thỏa thuận dự phòng đã được kích hoạt' },
    review: 'needed',
  },
  'break-glass-used': {
    title: { en: 'An activated dormant agreement is used', vi: 'Thỏa thuận dự phòng đã được sử dụng' },
    review: 'needed',
  },
  uncosigned: {
    title: { en: 'Too few witnesses have cosigned', vi: 'Không đủ bên chứng kiến đồng ký' },
    review: 'none',
  },
  'witness-conflict': {
    title: { en: 'A witness holds another history', vi: 'Bên chứng kiến giữ một lịch sử khác' },
    review: 'needed',
  },
  unstamped: {
    title: { en: 'A time authority has given no stamp', vi: 'Không nhận được dấu thời gian' },
    review: 'none',
  },
  'clock-drift': {
    title: { en: 'Clocks differ by more than a second', vi: 'Đồng hồ lệch nhau quá một giây' },
    review: 'none',
  },
  'disk-low': {
    title: { en: 'Less than a tenth of a disk is free', vi: 'Đĩa còn trống dưới một phần mười' },
    review: 'none',
  },
} as const satisfies Record<string, BuiltInAlert>

export type BuiltInCode = keyof typeof BUILT_IN

const MINUTE = 60_000
const GIBIBYTE = 2 ** 30

/** What is counted where the configuration has no alert rule; with one rule of its own, only its own rules count. */
export const DEFAULT_RULES: readonly AlertRule[] = [
  {
    id: 'refusal-spike',
    title: { en: 'Many refusals of one system', vi: 'Nhiều lần từ chối một hệ thống' },
    event: 'refusals',
    service: null,
    count: 100,
    withinMillis: MINUTE,
  },
  {
    id: 'bulk-pull',
    title: { en: 'One system takes much data', vi: 'Một hệ thống lấy nhiều dữ liệu' },
    event: 'bytes',
    service: null,
    count: GIBIBYTE,
    withinMillis: 10 * MINUTE,
  },
  {
    id: 'tls-failures',
    title: { en: 'Many failed connections from one address', vi: 'Nhiều kết nối hỏng từ một địa chỉ' },
    event: 'tls-failures',
    service: null,
    count: 100,
    withinMillis: MINUTE,
  },
]

export const rulesOf = (configured: readonly AlertRule[]): readonly AlertRule[] =>
  configured.length > 0 ? configured : DEFAULT_RULES

const isBuiltIn = (rule: string): rule is BuiltInCode => Object.hasOwn(BUILT_IN, rule)

/** Each emergency has a name of its own: that it is used again behind a pause is nothing new. */
export const isOnce = (rule: string): boolean => rule === 'break-glass' || rule === 'break-glass-used'

export const needsReview = (rule: string): boolean => isBuiltIn(rule) && BUILT_IN[rule].review === 'needed'
