/* Threads beside the main one. */
#pragma once

#include <pthread.h>

/* Starts a thread that no signal is delivered to: signals are the main thread's business, and a connection
 * that breaks is an error of write(2). Returns 0 or an errno, as pthread_create does. */
int thread_start(pthread_t *thread, void *(*run)(void *context), void *context);
