internal import COpenSSL

/// OpenSSL's way to read from and write to memory, for PEM and DER. Secret bytes are wiped by OpenSSL when it goes.
@safe
struct MemoryBIO: ~Copyable {
    let pointer: OpaquePointer

    init() {
        guard let made = unsafe BIO_new(BIO_s_secmem()) else { preconditionFailure("OpenSSL is out of memory") }
        unsafe pointer = made
    }

    /// A copy of `bytes`, to be read from.
    init(_ bytes: [UInt8]) {
        self.init()
        let written = unsafe BIO_write(pointer, bytes, Int32(bytes.count))
        precondition(written == bytes.count, "OpenSSL is out of memory")
    }

    deinit { unsafe BIO_free(pointer) }

    /// What was written and not yet read.
    var bytes: [UInt8] {
        var start: UnsafeMutablePointer<CChar>?
        let count = unsafe martlet_BIO_get_mem_data(pointer, &start)
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
    }
}

extension [UInt8] {
    /// Overwrites bytes that were secret in a way that the optimiser may not remove.
    mutating func wipe() {
        unsafe withUnsafeMutableBytes { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
        removeAll()
    }
}
