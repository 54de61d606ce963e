// hiredis 0.14: its writer of commands and its reader of answers. It has no TLS; the bytes go over a
// connection of ours.
#pragma once
#include <hiredis/hiredis.h>

// The reader believes an array's length before it has seen the elements, and gets memory for all.
#define SPARC_REDIS_ELEMENT_LIMIT 4096

typedef struct {
    redisReplyObjectFunctions functions;
    void *(*make_array)(const redisReadTask *, int);
} sparc_redis_limits;

static void *sparc_redis_limited_array(const redisReadTask *task, int count) {
    const sparc_redis_limits *limits = (const sparc_redis_limits *)task->privdata;
    return count > SPARC_REDIS_ELEMENT_LIMIT ? 0 : limits->make_array(task, count);
}

// A reader whose arrays have a limit; `limits` must live as long as it.
static inline redisReader *sparc_redis_reader(sparc_redis_limits *limits) {
    redisReader *reader = redisReaderCreate();
    if (!reader) return 0;
    limits->functions = *reader->fn;
    limits->make_array = reader->fn->createArray;
    limits->functions.createArray = sparc_redis_limited_array;
    reader->fn = &limits->functions;
    reader->privdata = limits;
    return reader;
}
