/**
 * Every "no" and every failure that a caller can see: one row = code, status, titles, advice, documentation page, metric label
 * (STYLE.md 9). The code is stable; texts may improve.
 */

/** When repeating the same call can help. */
export type Retry = 'never' | 'after-fix' | 'later'

export interface ProblemEntry {
  readonly status: number
  readonly retry: Retry
  readonly title: { readonly en: string; readonly vi: string }
  /** What to do about it. */
  readonly advice: { readonly en: string; readonly vi: string }
}

export const catalogue = {
  // identify
  'certificate-missing': {
    status: 401,
    retry: 'after-fix',
    title: { en: 'No client certificate was presented', vi: 'Không có chứng thư số của máy khách' },
    advice: {
      en: 'Call with the certificate and key of your system.',
      vi: 'Hãy gọi bằng chứng thư số và khóa của hệ thống của bạn.',
    },
  },
  'certificate-expired': {
    status: 401,
    retry: 'after-fix',
    title: {
      en: 'The certificate, or one that issued it, has expired',
      vi: 'Chứng thư số (hoặc chứng thư cấp trên) đã hết hạn',
    },
    advice: { en: 'Renew the certificate.', vi: 'Hãy gia hạn chứng thư số.' },
  },
  'certificate-not-yet-valid': {
    status: 401,
    retry: 'later',
    title: { en: 'The certificate is not valid yet', vi: 'Chứng thư số chưa có hiệu lực' },
    advice: {
      en: 'Wait until it is, or check the clock of the issuer.',
      vi: 'Hãy đợi đến thời điểm có hiệu lực hoặc kiểm tra đồng hồ của nơi cấp.',
    },
  },
  'certificate-untrusted': {
    status: 401,
    retry: 'after-fix',
    title: {
      en: 'The certificate does not come from a registered issuer',
      vi: 'Chứng thư số không do tổ chức đã đăng ký cấp',
    },
    advice: {
      en: 'Use a certificate of a registered issuer and send the intermediate certificates with it.',
      vi: 'Hãy dùng chứng thư số của tổ chức đã đăng ký và gửi kèm các chứng thư trung gian.',
    },
  },
  'certificate-unsuitable': {
    status: 401,
    retry: 'after-fix',
    title: {
      en: 'The certificate may not be used as a TLS client',
      vi: 'Chứng thư số không được dùng cho máy khách TLS',
    },
    advice: {
      en: 'Have it issued with the extended key usage clientAuth.',
      vi: 'Hãy xin cấp với mục đích sử dụng clientAuth.',
    },
  },
  'certificate-weak': {
    status: 401,
    retry: 'after-fix',
    title: {
      en: 'The key or signature of the certificate is too weak',
      vi: 'Khóa hoặc chữ ký của chứng thư số quá yếu',
    },
    advice: {
      en: 'Use RSA of 2048 bits or more, P-256, P-384 or Ed25519, signed with SHA-256 or better.',
      vi: 'Hãy dùng RSA từ 2048 bit, P-256, P-384 hoặc Ed25519, ký bằng SHA-256 trở lên.',
    },
  },
  'certificate-unbound': {
    status: 401,
    retry: 'after-fix',
    title: { en: 'The key is not registered for any system', vi: 'Khóa chưa được đăng ký cho hệ thống nào' },
    advice: {
      en: 'Ask your security officers to register the key of your system.',
      vi: 'Hãy đề nghị cán bộ an toàn thông tin đăng ký khóa của hệ thống.',
    },
  },
  'certificate-mismatch': {
    status: 401,
    retry: 'after-fix',
    title: {
      en: 'The certificate names another system than its key is registered for',
      vi: 'Tên trong chứng thư số không khớp với hệ thống đã đăng ký khóa',
    },
    advice: {
      en: 'Have the certificate issued with exactly one SAN URI, urn:lienthong:system:UNIT/NAME of your system.',
      vi: 'Hãy xin cấp chứng thư số với đúng một SAN URI urn:lienthong:system:ĐƠN-VỊ/TÊN của hệ thống.',
    },
  },
  'issuer-not-allowed': {
    status: 401,
    retry: 'after-fix',
    title: {
      en: 'The issuer may not name systems of this unit',
      vi: 'Tổ chức cấp không được cấp cho hệ thống của đơn vị này',
    },
    advice: {
      en: 'Use a certificate of the issuer that your unit is registered with.',
      vi: 'Hãy dùng chứng thư số của tổ chức cấp đã đăng ký cho đơn vị.',
    },
  },
  'certificate-revoked': {
    status: 401,
    retry: 'after-fix',
    title: { en: 'The certificate has been revoked', vi: 'Chứng thư số đã bị thu hồi' },
    advice: { en: 'Have a new key certified and registered.', vi: 'Hãy xin cấp và đăng ký khóa mới.' },
  },
  'revocation-unknown': {
    status: 401,
    retry: 'later',
    title: {
      en: 'Whether the certificate is revoked cannot be told now',
      vi: 'Hiện không xác định được chứng thư số có bị thu hồi hay không',
    },
    advice: {
      en: 'The operator has to supply a fresh revocation list of your issuer.',
      vi: 'Bên vận hành cần cập nhật danh sách thu hồi của tổ chức cấp.',
    },
  },
  'system-suspended': {
    status: 401,
    retry: 'after-fix',
    title: { en: 'This system is suspended', vi: 'Hệ thống này đang bị tạm đình chỉ' },
    advice: { en: 'Ask your security officers.', vi: 'Hãy liên hệ cán bộ an toàn thông tin.' },
  },
  'system-rate-exceeded': {
    status: 429,
    retry: 'later',
    title: { en: 'This system calls too often', vi: 'Hệ thống gọi quá nhiều lần' },
    advice: { en: 'Wait as long as Retry-After says.', vi: 'Hãy đợi theo Retry-After.' },
  },
  // route
  'request-malformed': {
    status: 400,
    retry: 'never',
    title: { en: 'The HTTP request cannot be read unambiguously', vi: 'Yêu cầu HTTP không hợp lệ' },
    advice: { en: 'Send well-formed HTTP/1.1 (RFC 9112).', vi: 'Hãy gửi HTTP/1.1 đúng chuẩn (RFC 9112).' },
  },
  'path-not-canonical': {
    status: 400,
    retry: 'never',
    title: { en: 'The path is not in canonical form', vi: 'Đường dẫn không ở dạng chuẩn' },
    advice: {
      en: 'No dot segments, empty segments, encoded slashes or unneeded percent-encoding; percent-encoding in capitals.',
      vi: 'Không dùng phân đoạn dấu chấm, phân đoạn rỗng, dấu gạch chéo mã hóa hay mã hóa phần trăm không cần thiết.',
    },
  },
  'not-permitted': {
    status: 403,
    retry: 'after-fix',
    title: { en: 'This system may not use this operation', vi: 'Hệ thống không được phép dùng thao tác này' },
    advice: {
      en: 'There is no such operation, or no agreement for it. See /catalogue for what is open to you.',
      vi: 'Không có thao tác này hoặc không có thỏa thuận. Xem /catalogue để biết những gì được phép.',
    },
  },
  // decide
  'header-invalid': {
    status: 400,
    retry: 'never',
    title: { en: 'A request header is malformed or came twice', vi: 'Tiêu đề yêu cầu sai định dạng hoặc bị lặp' },
    advice: {
      en: 'Send the header that detail names once and well-formed.',
      vi: 'Hãy gửi đúng một lần và đúng định dạng tiêu đề được nêu.',
    },
  },
  'purpose-missing': {
    status: 400,
    retry: 'after-fix',
    title: { en: 'The request names no purpose', vi: 'Yêu cầu không nêu mục đích' },
    advice: {
      en: 'Send Exchange-Purpose with a purpose of your agreement.',
      vi: 'Hãy gửi Exchange-Purpose với mục đích theo thỏa thuận.',
    },
  },
  'purpose-not-granted': {
    status: 403,
    retry: 'after-fix',
    title: {
      en: 'No agreement grants this operation for this purpose',
      vi: 'Không có thỏa thuận cho thao tác này với mục đích này',
    },
    advice: { en: 'Name a purpose of your agreement.', vi: 'Hãy nêu mục đích có trong thỏa thuận.' },
  },
  'agreement-not-yet-valid': {
    status: 403,
    retry: 'later',
    title: { en: 'The agreement is not in force yet', vi: 'Thỏa thuận chưa có hiệu lực' },
    advice: { en: 'Wait for its first day.', vi: 'Hãy đợi đến ngày có hiệu lực.' },
  },
  'agreement-expired': {
    status: 403,
    retry: 'after-fix',
    title: { en: 'The agreement has expired', vi: 'Thỏa thuận đã hết hạn' },
    advice: { en: 'Have it renewed by the security officers.', vi: 'Hãy đề nghị gia hạn thỏa thuận.' },
  },
  'agreement-suspended': {
    status: 403,
    retry: 'after-fix',
    title: { en: 'The agreement is suspended', vi: 'Thỏa thuận đang bị tạm đình chỉ' },
    advice: { en: 'Ask the security officers.', vi: 'Hãy liên hệ cán bộ an toàn thông tin.' },
  },
  'service-suspended': {
    status: 403,
    retry: 'after-fix',
    title: { en: 'The service is suspended', vi: 'Dịch vụ đang bị tạm đình chỉ' },
    advice: {
      en: 'Ask its owner, whom /catalogue names, or the security officers.',
      vi: 'Hãy liên hệ đơn vị chủ quản nêu trong /catalogue hoặc cán bộ an toàn thông tin.',
    },
  },
  'agreement-dormant': {
    status: 403,
    retry: 'after-fix',
    title: {
      en: 'The agreement is kept for emergencies and is not activated',
      vi: 'Thỏa thuận dành cho tình huống khẩn cấp và chưa được kích hoạt',
    },
    advice: {
      en: 'In an emergency, ask two security officers to activate it.',
      vi: 'Khi khẩn cấp, hãy đề nghị hai cán bộ an toàn thông tin kích hoạt.',
    },
  },
  'security-confirmation-expired': {
    status: 403,
    retry: 'after-fix',
    title: {
      en: 'The security confirmation of the agreement is more than 6 months old',
      vi: 'Xác nhận an toàn thông tin của thỏa thuận đã quá 6 tháng',
    },
    advice: {
      en: 'Confirm the security of your system to the security officers, who renew the agreement.',
      vi: 'Hãy xác nhận lại an toàn của hệ thống với cán bộ an toàn thông tin để cập nhật thỏa thuận.',
    },
  },
  'service-maintenance': {
    status: 503,
    retry: 'later',
    title: { en: 'The service is being maintained', vi: 'Dịch vụ đang bảo trì theo kế hoạch' },
    advice: {
      en: 'Nothing was forwarded. Come again when Retry-After says.',
      vi: 'Chưa có gì được chuyển đi. Hãy gọi lại theo Retry-After.',
    },
  },
  'outside-hours': {
    status: 403,
    retry: 'later',
    title: { en: 'The agreement does not cover this time of the week', vi: 'Ngoài khung giờ của thỏa thuận' },
    advice: { en: 'Call within the agreed hours.', vi: 'Hãy gọi trong khung giờ đã thỏa thuận.' },
  },
  'classification-too-high': {
    status: 403,
    retry: 'after-fix',
    title: {
      en: 'The data is classified above what the agreement allows',
      vi: 'Dữ liệu có mức phân loại cao hơn mức thỏa thuận cho phép',
    },
    advice: {
      en: 'Send data up to the ceiling of the agreement only.',
      vi: 'Chỉ gửi dữ liệu trong mức trần của thỏa thuận.',
    },
  },
  'classification-lowered': {
    status: 403,
    retry: 'after-fix',
    title: {
      en: 'Data-Classification is below the label of the operation',
      vi: 'Data-Classification thấp hơn nhãn của thao tác',
    },
    advice: {
      en: 'Leave the header out or name the same or a higher label.',
      vi: 'Hãy bỏ tiêu đề hoặc nêu nhãn bằng hoặc cao hơn.',
    },
  },
  'guardrail-forbids': {
    status: 403,
    retry: 'after-fix',
    title: {
      en: 'A guardrail forbids this exchange',
      vi: 'Quy tắc bảo vệ chung không cho phép lượt trao đổi này',
    },
    advice: {
      en: 'No agreement overrides a guardrail. Ask the security officers about the one that detail names.',
      vi: 'Không thỏa thuận nào vượt được quy tắc bảo vệ. Hãy hỏi cán bộ an toàn thông tin về quy tắc được nêu.',
    },
  },
  'state-secret': {
    status: 403,
    retry: 'never',
    title: {
      en: 'State secrets may not be on a networked machine',
      vi: 'Bí mật nhà nước không được lưu, truyền trên máy nối mạng',
    },
    advice: {
      en: 'Nothing of the payload was kept. Report the incident as the law on state secrets demands.',
      vi: 'Không nội dung nào được lưu lại. Hãy báo cáo sự việc theo Luật Bảo vệ bí mật nhà nước.',
    },
  },
  // admit
  'rate-exceeded': {
    status: 429,
    retry: 'later',
    title: { en: 'More calls a minute than the agreement allows', vi: 'Vượt số lần gọi mỗi phút theo thỏa thuận' },
    advice: { en: 'Wait as long as Retry-After says.', vi: 'Hãy đợi theo Retry-After.' },
  },
  'concurrency-exceeded': {
    status: 429,
    retry: 'later',
    title: {
      en: 'More calls at the same time than the agreement allows',
      vi: 'Vượt số lần gọi đồng thời theo thỏa thuận',
    },
    advice: { en: 'Wait until earlier calls are answered.', vi: 'Hãy đợi các lần gọi trước được trả lời.' },
  },
  'volume-exceeded': {
    status: 429,
    retry: 'later',
    title: { en: 'More bytes a day than the agreement allows', vi: 'Vượt dung lượng mỗi ngày theo thỏa thuận' },
    advice: { en: 'Wait as long as Retry-After says.', vi: 'Hãy đợi theo Retry-After.' },
  },
  overloaded: {
    status: 503,
    retry: 'later',
    title: { en: 'The gateway is overloaded', vi: 'Cổng đang quá tải' },
    advice: { en: 'Try again later, with a growing pause.', vi: 'Hãy thử lại sau với khoảng nghỉ tăng dần.' },
  },
  // receive
  'signature-missing': {
    status: 401,
    retry: 'after-fix',
    title: { en: 'The agreement demands a message signature', vi: 'Thỏa thuận yêu cầu chữ ký thông điệp' },
    advice: {
      en: 'Sign each request (RFC 9421) with a signing key that is registered for your system.',
      vi: 'Hãy ký từng yêu cầu (RFC 9421) bằng khóa ký đã đăng ký cho hệ thống của bạn.',
    },
  },
  'signature-invalid': {
    status: 401,
    retry: 'after-fix',
    title: { en: 'The message signature is not acceptable', vi: 'Chữ ký thông điệp không được chấp nhận' },
    advice: {
      en: 'Sign the request as the documentation of message signatures says, at the time you send it.',
      vi: 'Hãy ký yêu cầu theo tài liệu về chữ ký thông điệp, tại thời điểm gửi.',
    },
  },
  'signature-replayed': {
    status: 401,
    retry: 'after-fix',
    title: { en: 'The nonce of the signature has been used before', vi: 'Số nonce của chữ ký đã được sử dụng' },
    advice: {
      en: 'Sign each attempt anew, with a fresh random nonce.',
      vi: 'Hãy ký lại mỗi lần gửi với số nonce ngẫu nhiên mới.',
    },
  },
  'token-missing': {
    status: 401,
    retry: 'after-fix',
    title: { en: 'The agreement demands an access token', vi: 'Thỏa thuận yêu cầu mã truy cập (access token)' },
    advice: {
      en: 'Get a token at /oauth2/token with the certificate of your system and send it as Authorization: Bearer.',
      vi: 'Hãy lấy mã truy cập tại /oauth2/token bằng chứng thư số của hệ thống và gửi trong Authorization: Bearer.',
    },
  },
  'token-invalid': {
    status: 401,
    retry: 'after-fix',
    title: { en: 'The access token is not valid for this call', vi: 'Mã truy cập không hợp lệ cho yêu cầu này' },
    advice: {
      en: 'Get a new token at /oauth2/token with the certificate that you call with; its scope has to name the agreement.',
      vi: 'Hãy lấy mã mới tại /oauth2/token bằng chính chứng thư số dùng để gọi; phạm vi (scope) phải có thỏa thuận này.',
    },
  },
  'request-too-large': {
    status: 413,
    retry: 'never',
    title: { en: 'The request body is too large', vi: 'Nội dung yêu cầu quá lớn' },
    advice: { en: 'See the limit of the operation in /catalogue.', vi: 'Xem giới hạn của thao tác trong /catalogue.' },
  },
  'request-timeout': {
    status: 408,
    retry: 'later',
    title: { en: 'The request body did not arrive in time', vi: 'Nội dung yêu cầu không đến kịp' },
    advice: { en: 'Send it without pauses.', vi: 'Hãy gửi liền mạch.' },
  },
  'content-encoding-refused': {
    status: 415,
    retry: 'never',
    title: { en: 'Compressed bodies are not exchanged', vi: 'Không trao đổi nội dung nén' },
    advice: { en: 'Send the body without Content-Encoding.', vi: 'Hãy gửi nội dung không có Content-Encoding.' },
  },
  'media-type-refused': {
    status: 415,
    retry: 'never',
    title: { en: 'The operation does not take this media type', vi: 'Thao tác không nhận kiểu nội dung này' },
    advice: {
      en: 'Send a Content-Type that the operation declares.',
      vi: 'Hãy gửi Content-Type mà thao tác khai báo.',
    },
  },
  'digest-mismatch': {
    status: 400,
    retry: 'never',
    title: {
      en: 'The body does not have the digest that Content-Digest names',
      vi: 'Nội dung không khớp Content-Digest',
    },
    advice: {
      en: 'Compute Content-Digest (RFC 9530, sha-256 or sha-512) over the bytes that you send.',
      vi: 'Hãy tính Content-Digest (RFC 9530) trên đúng các byte được gửi.',
    },
  },
  // checkRequest
  'body-malformed': {
    status: 400,
    retry: 'never',
    title: { en: 'The body is not strict JSON', vi: 'Nội dung không phải JSON chặt chẽ' },
    advice: {
      en: 'UTF-8, no duplicate keys, no __proto__, not too deep, only numbers that a double holds (send others as strings).',
      vi: 'UTF-8, không lặp khóa, không __proto__, không quá sâu, chỉ số mà kiểu double biểu diễn đúng (số khác gửi dạng chuỗi).',
    },
  },
  'request-invalid': {
    status: 422,
    retry: 'never',
    title: {
      en: 'The request does not match the description of the operation',
      vi: 'Yêu cầu không khớp mô tả của thao tác',
    },
    advice: { en: 'violations names each place.', vi: 'violations nêu từng vị trí.' },
  },
  'field-not-granted': {
    status: 422,
    retry: 'after-fix',
    title: {
      en: 'The request holds a field that the agreement does not grant',
      vi: 'Yêu cầu chứa trường mà thỏa thuận không cho phép',
    },
    advice: { en: 'Leave the field out that violations names.', vi: 'Hãy bỏ trường được nêu trong violations.' },
  },
  // recordRequest, recordResponse
  'audit-unavailable': {
    status: 503,
    retry: 'later',
    title: { en: 'The exchange could not be recorded', vi: 'Không ghi được nhật ký trao đổi' },
    advice: { en: 'Nothing was forwarded. Try again later.', vi: 'Chưa có gì được chuyển đi. Hãy thử lại sau.' },
  },
  'response-unrecorded': {
    status: 503,
    retry: 'later',
    title: {
      en: 'The answer could not be recorded and is withheld',
      vi: 'Không ghi được nhật ký câu trả lời nên không trả về',
    },
    advice: {
      en: 'The provider may have acted: ask it before you repeat what is not idempotent.',
      vi: 'Bên cung cấp có thể đã xử lý: hãy hỏi lại trước khi gửi lặp.',
    },
  },
  'clock-unreliable': {
    status: 503,
    retry: 'later',
    title: { en: 'The clock of the gateway cannot be relied on', vi: 'Đồng hồ của cổng không đáng tin cậy' },
    advice: {
      en: 'Nothing was handed on. The operator has been told. Try again later.',
      vi: 'Chưa có gì được chuyển tiếp. Bên vận hành đã được báo. Hãy thử lại sau.',
    },
  },
  unwitnessed: {
    status: 503,
    retry: 'later',
    title: { en: 'Nobody outside vouches for the log now', vi: 'Hiện chưa có bên chứng kiến xác nhận nhật ký' },
    advice: {
      en: 'Nothing was handed on. The operator has been told. Try again later.',
      vi: 'Chưa có gì được chuyển tiếp. Bên vận hành đã được báo. Hãy thử lại sau.',
    },
  },
  'policy-unavailable': {
    status: 503,
    retry: 'later',
    title: { en: 'The newest policy is not available', vi: 'Chưa có chính sách mới nhất' },
    advice: { en: 'Nothing was forwarded. Try again later.', vi: 'Chưa có gì được chuyển đi. Hãy thử lại sau.' },
  },
  // forward
  'provider-unreachable': {
    status: 502,
    retry: 'later',
    title: { en: 'The provider cannot be reached', vi: 'Không kết nối được bên cung cấp' },
    advice: { en: 'Nothing was forwarded. Try again later.', vi: 'Chưa có gì được chuyển đi. Hãy thử lại sau.' },
  },
  'provider-untrusted': {
    status: 502,
    retry: 'later',
    title: { en: 'The provider did not prove its identity', vi: 'Bên cung cấp không chứng minh được danh tính' },
    advice: {
      en: 'Nothing was forwarded. The operator has been told.',
      vi: 'Chưa có gì được chuyển đi. Bên vận hành đã được báo.',
    },
  },
  'provider-paused': {
    status: 502,
    retry: 'later',
    title: { en: 'The provider failed repeatedly and is paused', vi: 'Bên cung cấp lỗi liên tiếp và đang tạm ngắt' },
    advice: { en: 'Nothing was forwarded. Try again later.', vi: 'Chưa có gì được chuyển đi. Hãy thử lại sau.' },
  },
  'provider-failed': {
    status: 502,
    retry: 'later',
    title: { en: 'The provider broke off', vi: 'Bên cung cấp ngắt giữa chừng' },
    advice: {
      en: 'The provider may have acted: ask it before you repeat what is not idempotent.',
      vi: 'Bên cung cấp có thể đã xử lý: hãy hỏi lại trước khi gửi lặp.',
    },
  },
  'provider-timeout': {
    status: 504,
    retry: 'later',
    title: { en: 'The provider did not answer in time', vi: 'Bên cung cấp không trả lời kịp' },
    advice: {
      en: 'The provider may have acted: ask it before you repeat what is not idempotent.',
      vi: 'Bên cung cấp có thể đã xử lý: hãy hỏi lại trước khi gửi lặp.',
    },
  },
  // checkResponse
  'response-invalid': {
    status: 502,
    retry: 'later',
    title: {
      en: 'The answer does not match the description of the operation and is withheld',
      vi: 'Câu trả lời không khớp mô tả của thao tác nên không trả về',
    },
    advice: {
      en: 'The provider has to mend its answer or its description; it may have acted.',
      vi: 'Bên cung cấp cần sửa câu trả lời hoặc mô tả; bên cung cấp có thể đã xử lý.',
    },
  },
  // what a system asks about itself
  'exchange-not-found': {
    status: 404,
    retry: 'never',
    title: { en: 'No such exchange of this system', vi: 'Không có lượt trao đổi này của hệ thống' },
    advice: {
      en: 'Name the Exchange-Id of an answer, or your own Request-Id as /exchanges?requestId=.',
      vi: 'Hãy nêu Exchange-Id của câu trả lời, hoặc Request-Id của bạn theo /exchanges?requestId=.',
    },
  },
  'evidence-pending': {
    status: 503,
    retry: 'later',
    title: { en: 'What proves these records is still being written', vi: 'Chứng cứ của các bản ghi này đang được ghi' },
    advice: {
      en: 'Come again after the seconds of Retry-After.',
      vi: 'Hãy thử lại sau số giây nêu ở Retry-After.',
    },
  },
  'log-not-found': {
    status: 404,
    retry: 'never',
    title: { en: 'The log holds nothing of this name', vi: 'Nhật ký không có mục này' },
    advice: {
      en: 'See /log/lanes for the lanes; the checkpoint of a lane says how far its tiles reach.',
      vi: 'Xem /log/lanes để biết các làn; điểm kiểm tra của làn cho biết các ô đến đâu.',
    },
  },
  // the office side
  'officer-unknown': {
    status: 401,
    retry: 'after-fix',
    title: { en: 'The certificate is not that of an officer', vi: 'Chứng thư số không phải của cán bộ đã đăng ký' },
    advice: {
      en: 'Use the certificate whose key an approved change has bound to you as an officer.',
      vi: 'Hãy dùng chứng thư số có khóa đã được gắn với cán bộ bằng một thay đổi được phê duyệt.',
    },
  },
  'officer-disabled': {
    status: 403,
    retry: 'after-fix',
    title: { en: 'This officer is disabled', vi: 'Cán bộ này đã bị vô hiệu hóa' },
    advice: {
      en: 'Two security officers can enable an officer again by a change.',
      vi: 'Hai cán bộ an toàn thông tin có thể kích hoạt lại bằng một thay đổi.',
    },
  },
  'officer-idle': {
    status: 403,
    retry: 'after-fix',
    title: { en: 'This officer was not seen for 45 days', vi: 'Cán bộ này không hoạt động trong 45 ngày' },
    advice: {
      en: 'Two security officers can recover an idle officer by a change.',
      vi: 'Hai cán bộ an toàn thông tin có thể khôi phục bằng một thay đổi.',
    },
  },
  'officer-rate-exceeded': {
    status: 429,
    retry: 'later',
    title: { en: 'This officer calls too often', vi: 'Cán bộ này gọi quá nhiều lần' },
    advice: { en: 'Wait as long as Retry-After says.', vi: 'Hãy đợi theo Retry-After.' },
  },
  'origin-refused': {
    status: 403,
    retry: 'never',
    title: { en: 'The browser was sent here by another site', vi: 'Trình duyệt được chuyển đến từ trang khác' },
    advice: {
      en: 'Browsers call from the office origin that the genesis names; programs send neither Origin nor Sec-Fetch-Site.',
      vi: 'Trình duyệt chỉ gọi từ địa chỉ office nêu trong genesis; chương trình không gửi Origin và Sec-Fetch-Site.',
    },
  },
  'session-required': {
    status: 401,
    retry: 'after-fix',
    title: { en: 'This call needs a session', vi: 'Lệnh gọi này cần phiên đăng nhập' },
    advice: {
      en: 'Sign in: POST /api/v1/sessions/options, then POST /api/v1/sessions with an assertion of your authenticator.',
      vi: 'Hãy đăng nhập: POST /api/v1/sessions/options, rồi POST /api/v1/sessions với chữ ký của thiết bị xác thực.',
    },
  },
  'sign-in-refused': {
    status: 401,
    retry: 'after-fix',
    title: { en: 'The authenticator opens no session', vi: 'Thiết bị xác thực không mở được phiên' },
    advice: {
      en: 'Use an authenticator that an approved change has registered for you, within five minutes of the options.',
      vi: 'Hãy dùng thiết bị xác thực đã đăng ký bằng một thay đổi được phê duyệt, trong vòng năm phút.',
    },
  },
  'not-entitled': {
    status: 403,
    retry: 'after-fix',
    title: { en: 'This officer may not do that', vi: 'Cán bộ này không có quyền làm việc đó' },
    advice: {
      en: 'GET /api/v1/me names your roles and units; nobody approves what they wrote.',
      vi: 'GET /api/v1/me nêu vai trò và đơn vị của bạn; không ai được phê duyệt thay đổi do chính mình viết.',
    },
  },
  'not-found': {
    status: 404,
    retry: 'never',
    title: { en: 'There is nothing of this name', vi: 'Không có đối tượng này' },
    advice: { en: 'See /api/docs for what there is.', vi: 'Xem /api/docs để biết những gì có thể gọi.' },
  },
  'precondition-required': {
    status: 428,
    retry: 'after-fix',
    title: { en: 'The request does not say which version it acts on', vi: 'Yêu cầu không nêu phiên bản' },
    advice: {
      en: 'Send the ETag of the change that you have read as If-Match.',
      vi: 'Hãy gửi ETag của thay đổi đã đọc trong If-Match.',
    },
  },
  'change-stale': {
    status: 412,
    retry: 'after-fix',
    title: { en: 'The change has another version by now', vi: 'Thay đổi đã có phiên bản khác' },
    advice: {
      en: 'Read the change again, look at what is different, and decide again.',
      vi: 'Hãy đọc lại thay đổi, xem điểm khác và quyết định lại.',
    },
  },
  'change-state': {
    status: 409,
    retry: 'never',
    title: { en: 'The change is not in a state for this act', vi: 'Trạng thái của thay đổi không cho phép việc này' },
    advice: {
      en: 'A change goes from draft over proposed and approved to applied; see docs/changes.md.',
      vi: 'Thay đổi đi từ nháp, đề xuất, phê duyệt đến áp dụng.',
    },
  },
  'alert-state': {
    status: 409,
    retry: 'never',
    title: { en: 'The alert is not yours to review', vi: 'Bạn không thể rà soát cảnh báo này' },
    advice: {
      en: 'An alert is reviewed once, where it needs that, and not by who signed what it is about; see docs/alerts.md.',
      vi: 'Mỗi cảnh báo cần rà soát được rà soát một lần, không phải bởi người đã ký nội dung liên quan.',
    },
  },
  'change-conflict': {
    status: 409,
    retry: 'after-fix',
    title: { en: 'Others have changed the same objects', vi: 'Người khác đã thay đổi cùng đối tượng' },
    advice: {
      en: 'violations names each object: read it again and edit the change.',
      vi: 'violations nêu từng đối tượng: hãy đọc lại và sửa thay đổi.',
    },
  },
  'change-invalid': {
    status: 422,
    retry: 'after-fix',
    title: {
      en: 'The change would make a configuration that does not hold together',
      vi: 'Cấu hình sau thay đổi không hợp lệ',
    },
    advice: { en: 'violations names each place and what is wrong.', vi: 'violations nêu từng vị trí và lỗi.' },
  },
  'change-signature-invalid': {
    status: 422,
    retry: 'after-fix',
    title: { en: 'The signature is not yours over this change', vi: 'Chữ ký không phải của bạn trên thay đổi này' },
    advice: {
      en: 'Sign the digest that the change names for this verdict, with the key of your certificate or your authenticator.',
      vi: 'Hãy ký giá trị băm nêu trong thay đổi cho quyết định này bằng khóa của chứng thư số hoặc thiết bị xác thực.',
    },
  },
  'idempotency-conflict': {
    status: 422,
    retry: 'never',
    title: { en: 'The Idempotency-Key was used for another request', vi: 'Idempotency-Key đã dùng cho yêu cầu khác' },
    advice: {
      en: 'Use a new key for a new request; the same one only to repeat a request.',
      vi: 'Hãy dùng khóa mới cho yêu cầu mới.',
    },
  },
  'caller-gone': {
    status: 499,
    retry: 'later',
    title: { en: 'The caller was gone before it was answered', vi: 'Bên gọi đã ngắt trước khi được trả lời' },
    advice: { en: 'See /exchanges/{id} for what became of it.', vi: 'Xem /exchanges/{id} để biết kết quả.' },
  },
  internal: {
    status: 500,
    retry: 'later',
    title: { en: 'Internal error', vi: 'Lỗi nội bộ' },
    advice: { en: 'Tell the operator the exchangeId.', vi: 'Hãy báo exchangeId cho bên vận hành.' },
  },
} as const satisfies Record<string, ProblemEntry>

export type ProblemCode = keyof typeof catalogue
