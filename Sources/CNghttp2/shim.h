#pragma once
#include <string.h>
#include <nghttp2/nghttp2.h>

// Members of the frame union, which Swift would read by copying all of it.

static inline const nghttp2_frame_hd *cnghttp2_header(const nghttp2_frame *frame) { return &frame->hd; }

static inline nghttp2_headers_category cnghttp2_headers_category(const nghttp2_frame *frame) {
    return frame->headers.cat;
}

static inline uint32_t cnghttp2_reset_code(const nghttp2_frame *frame) { return frame->rst_stream.error_code; }

static inline uint32_t cnghttp2_goaway_code(const nghttp2_frame *frame) { return frame->goaway.error_code; }

static inline int32_t cnghttp2_goaway_last_stream(const nghttp2_frame *frame) { return frame->goaway.last_stream_id; }

static inline uint64_t cnghttp2_ping_payload(const nghttp2_frame *frame) {
    uint64_t payload;
    memcpy(&payload, frame->ping.opaque_data, sizeof payload);
    return payload;
}
