/** A kind of thing in the stores. */
export interface Item {
  readonly code: string
  readonly name: string
  readonly category: 'office' | 'computing' | 'teaching' | 'medical' | 'transport'
  readonly unitOfMeasure: string
  readonly available: number
}

export const STOCK: readonly Item[] = [
  { code: 'VT-0001', name: 'Giấy in A4', category: 'office', unitOfMeasure: 'ram', available: 5000 },
  { code: 'VT-0002', name: 'Bìa hồ sơ lưu trữ', category: 'office', unitOfMeasure: 'chiếc', available: 12000 },
  { code: 'VT-0003', name: 'Hộp đựng tài liệu', category: 'office', unitOfMeasure: 'chiếc', available: 3000 },
  { code: 'VT-0101', name: 'Máy tính xách tay', category: 'computing', unitOfMeasure: 'chiếc', available: 120 },
  { code: 'VT-0102', name: 'Máy quét tài liệu', category: 'computing', unitOfMeasure: 'chiếc', available: 25 },
  { code: 'VT-0103', name: 'Thiết bị lưu khóa bí mật', category: 'computing', unitOfMeasure: 'chiếc', available: 400 },
  { code: 'VT-0201', name: 'Bảng tương tác', category: 'teaching', unitOfMeasure: 'chiếc', available: 18 },
  { code: 'VT-0202', name: 'Bộ giáo trình kỹ năng số', category: 'teaching', unitOfMeasure: 'bộ', available: 900 },
  { code: 'VT-0301', name: 'Túi sơ cứu', category: 'medical', unitOfMeasure: 'túi', available: 250 },
  { code: 'VT-0401', name: 'Xe đẩy hàng', category: 'transport', unitOfMeasure: 'chiếc', available: 40 },
]
