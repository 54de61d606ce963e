// What Swift cannot import of FFmpeg's headers: macros and variadics, one line each.
#pragma once
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/opt.h>

static inline int sparc_averror(int code) { return AVERROR(code); }
static inline int sparc_averror_eof(void) { return AVERROR_EOF; }
static inline int64_t sparc_av_nopts(void) { return AV_NOPTS_VALUE; }
