import { readLeaf, type StoredRecord } from '../../record/read-leaf.ts'
import type { AboutPack } from './about-pack.ts'
import type { LocatedLeaf } from './ports.ts'
import type { PreparedPack } from './prepare-pack.ts'

type Language = 'en' | 'vi'

const WORDS = {
  en: {
    title: 'Evidence pack',
    note: 'This page is for reading. It proves nothing by itself: README.txt says how to check the files beside it.',
    about: 'What this is',
    exchange: 'Exchange',
    range: 'Records from',
    to: 'to',
    unit: 'of the unit',
    service: 'of the service',
    madeAt: 'Made at',
    gateway: 'Gateway',
    records: 'Records',
    control: 'Control lane, records',
    cosigned: 'Cosigned by witnesses',
    stamped: 'Stamped by a time stamping authority',
    yes: 'yes',
    no: 'not yet when this was made',
    record: 'Record',
    of: 'of lane',
  },
  vi: {
    title: 'Gói chứng cứ',
    note: 'Trang này để đọc, tự nó không phải là chứng cứ: README.txt hướng dẫn cách kiểm tra các tệp kèm theo.',
    about: 'Nội dung',
    exchange: 'Lượt trao đổi',
    range: 'Các bản ghi từ',
    to: 'đến',
    unit: 'của đơn vị',
    service: 'của dịch vụ',
    madeAt: 'Lập lúc',
    gateway: 'Cổng',
    records: 'Số bản ghi',
    control: 'Làn điều khiển, số bản ghi',
    cosigned: 'Bên chứng kiến đã xác nhận',
    stamped: 'Đã có dấu thời gian của tổ chức cấp dấu thời gian',
    yes: 'có',
    no: 'chưa có khi lập gói này',
    record: 'Bản ghi',
    of: 'của làn',
  },
} as const satisfies Record<Language, Record<string, string>>

/** What fields of a record are called, in the order in which they are shown; others are shown under their own names behind them. */
const FIELDS = {
  kind: { en: 'kind', vi: 'loại' },
  at: { en: 'written at (UTC)', vi: 'ghi lúc (UTC)' },
  arrived: { en: 'arrived at (UTC)', vi: 'đến lúc (UTC)' },
  consumer: { en: 'consumer', vi: 'bên sử dụng' },
  provider: { en: 'provider', vi: 'bên cung cấp' },
  service: { en: 'service', vi: 'dịch vụ' },
  operation: { en: 'operation', vi: 'thao tác' },
  method: { en: 'method', vi: 'phương thức' },
  template: { en: 'path template', vi: 'mẫu đường dẫn' },
  decision: { en: 'decision', vi: 'quyết định' },
  reason: { en: 'reason', vi: 'lý do' },
  classification: { en: 'classification', vi: 'mức độ bảo mật' },
  agreement: { en: 'agreement', vi: 'thỏa thuận' },
  revision: { en: 'revision of the configuration', vi: 'phiên bản cấu hình' },
  problem: { en: 'problem', vi: 'mã lỗi' },
  status: { en: 'status', vi: 'mã trạng thái' },
  providerStatus: { en: "provider's status", vi: 'mã trạng thái của bên cung cấp' },
  request: { en: 'commitment to the request', vi: 'cam kết về yêu cầu' },
  received: { en: 'commitment to the answer as received', vi: 'cam kết về trả lời đã nhận' },
  released: { en: 'commitment to the answer as released', vi: 'cam kết về trả lời đã chuyển' },
} as const satisfies Record<string, Record<Language, string>>

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}' +
  'table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}' +
  'td,th{border:1px solid #999;padding:.25rem .5rem;text-align:left;vertical-align:top}' +
  'td{overflow-wrap:anywhere}th{width:30%}section+section{border-top:3px solid #333;margin-top:2rem}'

/**
 * The page of a pack for people, Vietnamese and English: no script, nothing from outside, no way out (a policy in the page says so
 * to browsers). `leaves` are shown one by one; of a range there are none.
 */
export function packPage(about: AboutPack, prepared: PreparedPack, leaves: readonly LocatedLeaf[]): string {
  return `<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${WORDS.vi.title} – ${WORDS.en.title}</title><style>${STYLE}</style></head><body>
${section('vi', about, prepared, leaves)}
${section('en', about, prepared, leaves)}
</body></html>
`
}

function section(
  language: Language,
  about: AboutPack,
  { control, cosigned, stamped }: PreparedPack,
  leaves: readonly LocatedLeaf[],
): string {
  const words = WORDS[language]
  const present = (is: boolean): string => (is ? words.yes : words.no)
  const rows = [
    ...scopeRows(about, words),
    [words.records, String(about.records)],
    [words.madeAt, about.madeAt],
    [words.gateway, `${about.gateway} (${about.software})`],
    [words.control, String(control.size)],
    [words.cosigned, present(cosigned !== null)],
    [words.stamped, present(stamped.length > 0)],
  ] as const
  const records = leaves.map(({ lane, index, leaf }) => {
    const record = readLeaf(leaf)
    const heading = `<h2>${words.record} ${index} ${words.of} ${escaped(lane)}</h2>`
    return record.ok ? heading + table(fieldRows(record.value, language)) : heading
  })
  return `<section lang="${language}"><h1>${words.title}</h1><p>${words.note}</p><h2>${words.about}</h2>
${table(rows)}
${records.join('\n')}</section>`
}

function scopeRows({ scope }: AboutPack, words: (typeof WORDS)[Language]): readonly (readonly [string, string])[] {
  if (scope.kind === 'exchange') return [[words.exchange, scope.exchange]]
  return [
    [words.range, `${scope.from} ${words.to} ${scope.to}`],
    ...(scope.unit === null ? [] : [[words.unit, scope.unit] as const]),
    ...(scope.service === null ? [] : [[words.service, scope.service] as const]),
  ]
}

function fieldRows({ fields }: StoredRecord, language: Language): readonly (readonly [string, string])[] {
  const named = Object.keys(FIELDS).filter(name => fields[name] !== undefined)
  const others = Object.keys(fields).filter(name => !Object.hasOwn(FIELDS, name))
  return [...named, ...others].map(name => {
    const value = fields[name]
    const label = Object.hasOwn(FIELDS, name) ? FIELDS[name as keyof typeof FIELDS][language] : name
    return [label, typeof value === 'string' ? value : JSON.stringify(value)]
  })
}

const table = (rows: readonly (readonly [string, string])[]): string =>
  `<table>${rows.map(([name, value]) => `<tr><th>${escaped(name)}</th><td>${escaped(value)}</td></tr>`).join('')}</table>`

// What stands in a record came from outside once.
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
