/** A digital-transformation task that a unit was given. */
export interface Task {
  readonly id: string
  readonly title: string
  readonly unit: string
  readonly dueOn: string
}

const WHAT = [
  'Số hóa hồ sơ lưu trữ giai đoạn 2010-2020',
  'Cung cấp dịch vụ công trực tuyến toàn trình',
  'Kết nối cơ sở dữ liệu dùng chung của Bộ',
  'Triển khai chữ ký số cho văn bản điện tử',
  'Đánh giá an toàn thông tin theo cấp độ',
  'Bồi dưỡng kỹ năng số cho cán bộ',
]

/** Six tasks for each unit of the demo, due at the ends of successive months. */
export const TASKS: readonly Task[] = ['G99.21', 'G99.22'].flatMap((unit, first) =>
  WHAT.map((title, index) => ({
    id: `NV-2026-${String(first * WHAT.length + index + 1).padStart(3, '0')}`,
    title,
    unit,
    dueOn: new Date(Date.UTC(2026, 7 + index, 0)).toISOString().slice(0, 10),
  })),
)
