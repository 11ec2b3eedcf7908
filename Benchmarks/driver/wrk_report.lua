-- Prints wrk's summary as one JSON line. It has no `request` or `response` hook, which would slow wrk down.
done = function(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        'wrk-report {"requests": %d, "duration_us": %d, "bytes": %d, "p50_us": %d, "p90_us": %d, "p99_us": %d, ' ..
        '"max_us": %d, "errors": %d, "wrong_status": %d}\n',
        summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(90),
        latency:percentile(99), latency.max, errors.connect + errors.read + errors.write + errors.timeout,
        errors.status))
end
