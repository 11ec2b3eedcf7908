/// The candidate that a mistyped word most likely means: the fewest edits, at most a third of the word, case aside.
func nearest(to word: String, among candidates: [String]) -> String? {
    let tolerance = max(1, word.utf8.count / 3)
    var best: (distance: Int, candidate: String)?
    for candidate in candidates {
        let distance = editDistance(Array(word.lowercased().utf8), Array(candidate.lowercased().utf8))
        if distance <= tolerance, distance < best?.distance ?? Int.max { best = (distance, candidate) }
    }
    return best?.candidate
}

/// Insertions, deletions and replacements (Levenshtein), row by row.
private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    /// Longer words are no typing mistake, and the cost is the product of the lengths.
    let longest = 64
    guard left.count <= longest, right.count <= longest else { return Int.max }
    var row = Array(0...right.count)
    for (index, byte) in left.enumerated() {
        var diagonal = row[0]
        row[0] = index + 1
        for column in right.indices {
            let replaced = diagonal + (byte == right[column] ? 0 : 1)
            diagonal = row[column + 1]
            row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
        }
    }
    return row[right.count]
}
