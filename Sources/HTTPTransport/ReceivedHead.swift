import Bytes
import HTTP

/// What a server needs of a request's head, copied out of the codec's storage.
struct ReceivedHead {
    let method: String
    let target: String
    let fields: HTTPFields
    let keepsAlive: Bool
    let framing: BodyFraming
    let expectsContinue: Bool

    init(_ head: borrowing RequestHead) {
        method = String(decoding: head[head.methodRange])
        target = String(decoding: head[head.target.whole])
        fields = HTTPFields(head.fields, in: head.bytes)
        keepsAlive = head.keepAlive
        framing = head.framing
        expectsContinue = head.expectsContinue
    }
}

extension HTTPFields {
    init(_ list: FieldList, in bytes: RawSpan) {
        for index in 0..<list.count {
            let field = list[index]
            append(
                String(decoding: bytes.extracting(field.nameRange.range)),
                String(decoding: bytes.extracting(field.valueRange.range)))
        }
    }
}
