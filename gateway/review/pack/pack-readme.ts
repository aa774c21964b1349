import type { PreparedPack } from './prepare-pack.ts'

/** How to check a pack by hand, in English and Vietnamese: plain text, lines of at most 100 characters. */
export function packReadme({ stamped, cosigned }: Pick<PreparedPack, 'stamped' | 'cosigned'>): string {
  return [english(stamped.length > 0, cosigned !== null), vietnamese(stamped.length > 0, cosigned !== null)].join('\n')
}

const SIGNATURE = `    openssl cms -verify -cades -binary -inform DER -in META-INF/signature.p7s \\
        -content META-INF/ASiCManifest.xml -CAfile packs.pem -out /dev/null`
const STAMP = `    openssl ts -verify -data control/stamped-1.txt -in control/timestamp-1.tst -token_in -CAfile tsa.pem`
const LEAF = `    (printf '\\000'; cat records/000001.json) | openssl dgst -sha256`
const COMMAND = `    npx lienthong audit verify PACK --key control-lane.vkey`

const english = (isStamped: boolean, isCosigned: boolean): string => `EVIDENCE PACK

index.html is for reading. What proves is the rest; it is checked by

${COMMAND}

with the public key of the control lane, which you have from outside this pack (on paper, from the
officers), and with nothing else: no network, no database.

By hand, in the unpacked directory:

1. The signature of the pack. packs.pem is certificates/packs.pem, once you have compared its
   fingerprint with the one that you were given:

${SIGNATURE}

2. The files: META-INF/ASiCManifest.xml holds the SHA-256 of each, in base64.

3. A record in its tree (RFC 6962): its leaf hash is

${LEAF}

   and proofs/000001.json leads from it to the root that lanes.json names. The same root stands in a
   record of the control lane (control/records.jsonl), and control/proofs.jsonl leads from there to
   control/checkpoint.txt, a signed note (C2SP) of the control lane.
${
  isStamped
    ? `
4. The time stamp (RFC 3161) over control/stamped-1.txt, with the certificate of the authority:

${STAMP}
`
    : `
4. There was no time stamp over this part of the log yet when this pack was made.
`
}
5. ${isCosigned ? 'control/cosigned.txt carries the cosignatures of witnesses (C2SP).' : 'No witness had cosigned this part of the log yet when this pack was made.'}
`

const vietnamese = (isStamped: boolean, isCosigned: boolean): string => `GÓI CHỨNG CỨ

index.html để đọc. Phần còn lại là chứng cứ, được kiểm tra bằng lệnh

${COMMAND}

chỉ với khóa công khai của làn điều khiển mà bạn nhận được từ nguồn khác, không phải từ gói này
(trên giấy, từ cán bộ phụ trách); không cần mạng, không cần cơ sở dữ liệu.

Kiểm tra thủ công, trong thư mục đã giải nén:

1. Chữ ký của gói. packs.pem là certificates/packs.pem, sau khi đã so sánh dấu vân tay của chứng
   thư với dấu vân tay mà bạn được cung cấp:

${SIGNATURE}

2. Các tệp: META-INF/ASiCManifest.xml chứa SHA-256 của từng tệp, dạng base64.

3. Một bản ghi trong cây (RFC 6962): giá trị băm của lá là

${LEAF}

   và proofs/000001.json dẫn từ đó đến gốc mà lanes.json nêu. Gốc ấy có trong một bản ghi của làn
   điều khiển (control/records.jsonl), và control/proofs.jsonl dẫn từ đó đến control/checkpoint.txt,
   là văn bản có chữ ký (C2SP) của làn điều khiển.
${
  isStamped
    ? `
4. Dấu thời gian (RFC 3161) trên control/stamped-1.txt, với chứng thư của tổ chức cấp dấu thời gian:

${STAMP}
`
    : `
4. Khi gói này được lập, phần nhật ký này chưa có dấu thời gian.
`
}
5. ${isCosigned ? 'control/cosigned.txt mang chữ ký xác nhận của các bên chứng kiến (C2SP).' : 'Khi gói này được lập, chưa có bên chứng kiến nào xác nhận phần nhật ký này.'}
`
