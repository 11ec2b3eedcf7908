import CProtobuf

/// A row of KeyValue messages, each bound to its AnyValue, that is filled from the front.
@safe
struct AttributeMessages: ~Copyable {
    /// What a message's repeated field points at.
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<Opentelemetry__Proto__Common__V1__KeyValue>?>
    let capacity: Int
    private let keyValues: UnsafeMutablePointer<Opentelemetry__Proto__Common__V1__KeyValue>
    private let values: UnsafeMutablePointer<Opentelemetry__Proto__Common__V1__AnyValue>

    init(capacity: Int) {
        self.capacity = capacity
        unsafe pointers = .allocate(capacity: capacity)
        unsafe keyValues = .allocate(capacity: capacity)
        unsafe values = .allocate(capacity: capacity)
        for index in 0..<capacity {
            unsafe opentelemetry__proto__common__v1__key_value__init(keyValues + index)
            unsafe opentelemetry__proto__common__v1__any_value__init(values + index)
            unsafe keyValues[index].value = values + index
            unsafe (pointers + index).initialize(to: keyValues + index)
        }
    }

    deinit {
        unsafe pointers.deallocate()
        unsafe keyValues.deallocate()
        unsafe values.deallocate()
    }

    /// The text of a string value is copied to `text` and must stay there until the message has been packed.
    func set(_ index: Int, to attribute: SpanAttribute, text: inout TextArena) {
        precondition(index >= 0 && index < capacity, "more attributes than the row has places for")
        unsafe keyValues[index].key = mutableCString(attribute.key.name)
        let value = unsafe values + index
        switch attribute.value {
        case .string(let string):
            unsafe value.pointee.value_case = OPENTELEMETRY__PROTO__COMMON__V1__ANY_VALUE__VALUE_STRING_VALUE
            unsafe value.pointee.string_value = text.copy(string)
        case .integer(let integer):
            unsafe value.pointee.value_case = OPENTELEMETRY__PROTO__COMMON__V1__ANY_VALUE__VALUE_INT_VALUE
            unsafe value.pointee.int_value = integer
        case .boolean(let boolean):
            unsafe value.pointee.value_case = OPENTELEMETRY__PROTO__COMMON__V1__ANY_VALUE__VALUE_BOOL_VALUE
            unsafe value.pointee.bool_value = boolean ? 1 : 0
        case .double(let double):
            unsafe value.pointee.value_case = OPENTELEMETRY__PROTO__COMMON__V1__ANY_VALUE__VALUE_DOUBLE_VALUE
            unsafe value.pointee.double_value = double
        }
    }
}
