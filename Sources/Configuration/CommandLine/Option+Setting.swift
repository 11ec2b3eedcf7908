package import ArgumentParser

/// A command-line option that carries a setting: its name, help and completion come from the setting's description,
/// and its value stays text until the configuration is loaded, so that a flag and a file give the same errors.
extension Option {
    package init<Root>(_ flag: String, of schema: Schema<Root>) where Value == GivenFlag? {
        let setting = schema.required(flag)
        self.init(
            name: .customLong(flag), help: setting.help, completion: setting.completion,
            transform: { GivenFlag(flag, $0) })
    }

    /// For a flag that may be given more than once; the initial value is the empty list.
    package init<Root>(wrappedValue: [GivenFlag], repeated flag: String, of schema: Schema<Root>)
    where Value == [GivenFlag] {
        let setting = schema.required(flag)
        precondition(setting.isRepeatable, "--\(flag) takes one value")
        self.init(
            wrappedValue: wrappedValue, name: .customLong(flag), parsing: .singleValue, help: setting.help,
            completion: setting.completion, transform: { GivenFlag(flag, $0) })
    }
}

extension Schema {
    fileprivate func required(_ flag: String) -> Setting<Root> {
        guard let setting = setting(flag: flag) else { preconditionFailure("the flag --\(flag) has no setting") }
        return setting
    }
}

extension Setting {
    fileprivate var help: ArgumentHelp {
        let text = effect.filter { $0 != "`" }
        let note = isRepeatable ? " For example \(example)" : defaultText.map { " (default: \($0)\(zeroNote))" } ?? ""
        return ArgumentHelp("\(text)\(note)", valueName: flagForm)
    }

    /// What a default of 0 stands for: `, off`.
    private var zeroNote: String {
        guard defaultText == "0", allowed.hasSuffix(")"), let word = allowed.split(separator: "(").last else {
            return ""
        }
        return ", \(word.dropLast())"
    }

    fileprivate var completion: CompletionKind? {
        switch type {
        case "word": .list(allowed.split(separator: ",").map { $0.filter { $0 != " " } })
        case "true or false": .list(["true", "false"])
        case "path": .file()
        default: nil
        }
    }
}
