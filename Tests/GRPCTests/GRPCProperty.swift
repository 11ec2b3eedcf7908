import Bytes
import GRPC

/// What must hold for any bytes of a peer, shared by the fuzzer and the test that replays its corpus. A broken promise
/// traps.
///
/// The first byte says in what pieces the counter of messages gets the rest.
func checkGRPC(_ input: [UInt8]) {
    guard let choice = input.first else { return }
    let bytes = Array(input.dropFirst())
    checkMessages(bytes, stride: choice == 0 ? max(bytes.count, 1) : Int(choice))
    checkBinaryValue(bytes)
    checkDetails(bytes)
    checkText(bytes)
}

/// A body is one message for the reader of unary calls exactly when the counter sees one and nothing behind it.
private func checkMessages(_ bytes: [UInt8], stride: Int) {
    var counter = GRPCMessageCounter()
    var start = 0
    while start < bytes.count {
        let end = min(bytes.count, start + stride)
        counter.take(Array(bytes[start..<end]).rawBytes)
        start = end
    }
    let isOne = counter.messages == 1 && counter.isBetweenMessages
    do throws(GRPCMessage.Fault) {
        let message = try GRPCMessage.unary(bytes.rawBytes, limit: .max)
        precondition(isOne, "one message was read that the counter does not see")
        precondition(counter.payloadBytes == UInt64(message.payload.count), "the payloads differ")
        let framed = GRPCMessage.framed(Array(bytes[message.payload]), isCompressed: message.isCompressed)
        precondition(framed == bytes, "the message is framed in another way")
    } catch {
        precondition(!isOne, "one message was not read")
    }
}

private func checkBinaryValue(_ bytes: [UInt8]) {
    precondition(GRPCBinaryValue.decoded(GRPCBinaryValue.encoded(bytes).rawBytes) == bytes, "base64 is not undone")
    guard let decoded = GRPCBinaryValue.decoded(bytes.rawBytes) else { return }
    precondition(decoded.count <= bytes.count, "more came out than went in")
}

private func checkDetails(_ bytes: [UInt8]) {
    guard let details = GRPCStatusDetails(bytes.rawBytes) else { return }
    precondition(GRPCStatusDetails(details.encoded.rawBytes) == details, "details are not what was written")
}

private func checkText(_ bytes: [UInt8]) {
    var written = ByteBuffer()
    GRPCMessageText.write(bytes.rawBytes, to: &written)
    var read = ByteBuffer()
    GRPCMessageText.read(written.bytes, to: &read)
    precondition(read.bytes.equals(bytes.rawBytes), "a message text is not undone")
    guard let nanoseconds = GRPCTimeout.parse(bytes.rawBytes) else { return }
    written.clear()
    GRPCTimeout.write(nanoseconds: nanoseconds, to: &written)
    guard let again = GRPCTimeout.parse(written.bytes) else { preconditionFailure("a timeout of ours is none") }
    precondition(again <= nanoseconds, "somebody got more time than there is")
}
