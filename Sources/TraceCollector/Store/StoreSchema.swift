/// The tables of the trace store.
///
/// One row per trace carries everything that a result list shows; the spans are in blocks of many traces. A trace's
/// row id is `block << 16 | number in the block`, so a block's rows are neighbours, and no column says where the
/// spans are. Spans that come after their trace was stored make a *fragment*: the same place in a later block, with a
/// row in `fragment` instead.
enum StoreSchema {
    static let version: Int64 = 1
    /// Traces per block are numbered in this many bits.
    static let ordinalBits: Int64 = 16

    static func traceRow(block: Int64, ordinal: Int) -> Int64 { block << ordinalBits | Int64(ordinal) }
    static func block(ofRow row: Int64) -> Int64 { row >> ordinalBits }
    static func ordinal(ofRow row: Int64) -> Int { Int(row & (1 << ordinalBits - 1)) }

    static let tables = """
        CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
        CREATE TABLE operation (
            service INTEGER NOT NULL, name INTEGER NOT NULL, kind INTEGER NOT NULL,
            PRIMARY KEY (service, name, kind)) WITHOUT ROWID;
        CREATE TABLE block (
            id INTEGER PRIMARY KEY, stored_at INTEGER NOT NULL, first_start INTEGER NOT NULL,
            last_start INTEGER NOT NULL, traces INTEGER NOT NULL, spans INTEGER NOT NULL);
        CREATE INDEX block_last_start ON block (last_start);
        CREATE TABLE block_dictionary (block INTEGER PRIMARY KEY, content BLOB NOT NULL);
        CREATE TABLE block_spans (block INTEGER PRIMARY KEY, content BLOB NOT NULL);
        CREATE TABLE trace (
            id INTEGER PRIMARY KEY, trace_id BLOB NOT NULL UNIQUE, start INTEGER NOT NULL, duration INTEGER NOT NULL,
            spans INTEGER NOT NULL, errors INTEGER NOT NULL, orphans INTEGER NOT NULL, root_service INTEGER,
            root_name INTEGER, services BLOB NOT NULL);
        CREATE TABLE fragment (id INTEGER PRIMARY KEY, trace INTEGER NOT NULL);
        CREATE INDEX fragment_trace ON fragment (trace);
        CREATE TABLE dependency (
            minute INTEGER NOT NULL, parent INTEGER NOT NULL, child INTEGER NOT NULL, calls INTEGER NOT NULL,
            PRIMARY KEY (minute, parent, child)) WITHOUT ROWID;
        """
}
