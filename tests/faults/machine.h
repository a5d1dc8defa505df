/* A machine that fails when it is told to. The calls of the C library that the project makes, and the allocator of
 * engine/base/alloc.h, go through here: they are counted, and the n-th of a kind fails, is cut short, or is the moment
 * at which a signal comes. Clocks stand where the test puts them, so that results hold no times. */
#ifndef BONAFIDE_TESTS_FAULTS_MACHINE_H
#define BONAFIDE_TESTS_FAULTS_MACHINE_H

#include <stdbool.h>
#include <stddef.h>

typedef enum machine_call {
    CALL_ALLOC,   /* feat_alloc and the others of engine/base/alloc.h */
    CALL_CHANGE,  /* what changes files: creating, writing, cutting, closing what was written, renaming, mkdir */
    CALL_READ,    /* opening to read, reading, listing folders */
    CALL_LIST,    /* listing folders, once more by itself */
    CALL_THREAD,  /* pthread_create */
    CALL_DECODE,  /* an image */
    CALL_NETWORK, /* a run of the network */
    CALL_RESULT,  /* a metric, or mean and covariance */
    N_CALLS
} machine_call;

typedef struct machine_plan {
    machine_call call; /* of which ... */
    long n;            /* ... the n-th (from 0 on) fails; -1: none */
    bool stays;        /* and all after it */
    int error;         /* errno of failing files */
    int signal;        /* raised instead of failing; 0: none */
    bool pieces;       /* reads and writes do a part of what was asked, and every other one is interrupted */
    bool clock_back;   /* each look at a clock shows an earlier time than the last */
} machine_plan;

/* From now on, counted from zero; after machine_stop nothing fails and nothing is counted. */
void machine_start(const machine_plan *plan);
void machine_stop(void);

/* Calls of a kind since machine_start, and whether the plan's was among them. */
long machine_count(machine_call call);
bool machine_struck(void);

/* The place in the program that made allocation number n; NULL for those beyond the first million. */
const void *machine_site(long n);

#endif
