/// Seconds as Prometheus writes a duration: `5m`, `1m30s`, `3d`. Whole seconds only: no window of the bundle is finer.
func prometheusDuration(seconds: Int) -> String {
    precondition(seconds >= 0, "a duration cannot be negative")
    let units = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)]
    var rest = seconds
    var text = ""
    for (name, size) in units where rest >= size {
        text += "\(rest / size)\(name)"
        rest %= size
    }
    return text.isEmpty ? "0s" : text
}
