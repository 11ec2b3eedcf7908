/// The sizes that bound this target's memory. What is refused at a limit is counted by the metric that each names.
package enum Limits {
    /// Label sets that one family holds by default; further ones share the family's `overflow` series and are counted
    /// by `martlet_series_overflow_total`. OpenMetrics asks for care beyond 10,000 series in a whole exposition.
    package static let seriesPerFamily = 10_000
    /// Families that one registry holds; a further one is refused with `RegistryError.tooManyFamilies`.
    package static let families = 2_000
    /// UTF-8 bytes of a label value; longer ones are cut at a character, so that a hostile request path that reaches
    /// a label cannot make a series of any size.
    package static let labelValueBytes = 1_024
    /// Times that a scrape rereads an exemplar that its loop is just writing before it leaves it out of this scrape.
    static let exemplarReads = 4
    /// Entries of an `Accept` or `Accept-Encoding` header that are looked at; Prometheus sends at most six.
    static let acceptEntries = 32
}
