import Bytes
import HTTP

struct FieldModel: Equatable {
    var name: String
    var value: String
}

/// A request head as values, to compare.
struct RequestModel: Equatable {
    var method = ""
    var target = ""
    var form = RequestTarget.Form.origin
    var path = ""
    var query: String?
    var host = ""
    var port: UInt16?
    var isHostOverridden = false
    var versionMinor: UInt8 = 1
    var fields: [FieldModel] = []
    var nominated: [String] = []
    var dropped = 0
    var framing = BodyFraming.none
    var keepAlive = true
    var expectsContinue = false
    var upgrade: String?
    var acceptsTrailers = false
    var maxForwards: UInt64?

    init(_ head: borrowing RequestHead) {
        method = text(head[head.methodRange])
        target = text(head[head.target.whole])
        form = head.target.form
        path = text(head[head.target.path])
        if let range = head.target.query { query = text(head[range]) }
        host = text(head[head.host])
        port = head.hostPort
        isHostOverridden = head.isHostOverridden
        versionMinor = head.versionMinor
        for index in 0..<head.fields.count {
            let field = head.fields[index]
            fields.append(FieldModel(name: text(head[field.nameRange]), value: text(head[field.valueRange])))
            if field.isNominatedByConnection { nominated.append(text(head[field.nameRange])) }
        }
        dropped = head.fields.droppedCount
        framing = head.framing
        keepAlive = head.keepAlive
        expectsContinue = head.expectsContinue
        if let range = head.upgrade { upgrade = text(head[range]) }
        acceptsTrailers = head.acceptsTrailers
        maxForwards = head.maxForwards
    }

    func values(_ name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }
}

func text(_ span: RawSpan) -> String { (0..<span.byteCount).map { span[$0] }.text }

func text(_ buffer: borrowing ByteBuffer) -> String { text(buffer.bytes) }
