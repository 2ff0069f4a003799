/* A process with busy threads forks, and each child goes on with the library. */
#include "check.h"
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int stop;

static void *busy(void *number) {
    unsigned seed = (unsigned)(size_t)number;
    while (!stop) {
        void *blocks[20];
        arenite_heap *heap;
        arenite_scope region;
        int i;
        for (i = 0; i < 20; i++) {
            seed = seed * 1103515245u + 12345u;
            blocks[i] = arenite_malloc(i % 10 == 0 ? 2u << 20 : 16 + seed % 5000);
            CHECK(blocks[i] != NULL);
        }
        for (i = 0; i < 20; i++) CHECK(arenite_free(blocks[i]));
        region = arenite_region_begin();
        for (i = 0; i < 20; i++) blocks[i] = arenite_malloc(100);
        for (i = 0; i < 20; i++) CHECK(arenite_free(blocks[i]));
        CHECK(arenite_scope_end(region));
        heap = arenite_heap_create_default();
        CHECK(arenite_heap_alloc(heap, 100) != NULL && arenite_heap_destroy(heap));
    }
    return NULL;
}

static void *passing(void *none) {
    (void)none;
    CHECK(arenite_free(arenite_malloc(100)));
    return NULL;
}

/* Threads that come and go: their ends take locks as well. */
static void *starting(void *none) {
    while (!stop) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, passing, none) == 0) pthread_join(thread, NULL);
    }
    return NULL;
}

static void child(void) {
    arenite_allocator *system = arenite_allocator_system();
    arenite_heap *heap = arenite_heap_create_default();
    arenite_scope scope;
    pthread_t thread;
    void *small, *large, *named;
    alarm(20); /* whoever waits for a lock dies of it */
    small = arenite_malloc(100);
    large = arenite_malloc(3 << 20);
    CHECK(small && large && arenite_free(small) && arenite_free(large));
    scope = arenite_region_begin();
    CHECK(arenite_free(arenite_malloc(100)) && arenite_scope_end(scope));
    scope = arenite_allocator_begin(system);
    named = arenite_alloc(10, 0);
    CHECK(named && arenite_free(named) && arenite_scope_end(scope));
    CHECK(arenite_heap_alloc(heap, 10) != NULL && arenite_heap_destroy(heap));
    /* A setting is told to every thread that there is: to none that there was. */
    CHECK(arenite_set_grade(ARENITE_GRADE_GUARD));
    CHECK(pthread_create(&thread, NULL, passing, NULL) == 0 && pthread_join(thread, NULL) == 0);
    CHECK(arenite_check_integrity(NULL) && arenite_set_grade(ARENITE_GRADE_OFF));
    fflush(stdout);
    _exit(check_failures != 0);
}

int main(int count, char **arguments) {
    int forks = count > 1 ? atoi(arguments[1]) : 100, i, status;
    pthread_t threads[4];
    void *kept;
    CHECK(arenite_set_grade(ARENITE_GRADE_OFF));
    kept = arenite_malloc(100);
    memset(kept, 7, 100);
    alarm(300);
    for (i = 0; i < 3; i++) CHECK(pthread_create(&threads[i], NULL, busy, (void *)(size_t)(i + 1)) == 0);
    CHECK(pthread_create(&threads[3], NULL, starting, NULL) == 0);
    for (i = 0; i < forks; i++) {
        pid_t process = fork();
        if (process == 0) {
            CHECK(((char *)kept)[99] == 7 && arenite_free(kept));
            child();
        }
        CHECK(process > 0 && waitpid(process, &status, 0) == process);
        if (!(WIFEXITED(status) && WEXITSTATUS(status) == 0)) {
            check_failures++;
            printf("fork %d: the child ends with %#x\n", i, (unsigned)status);
            break;
        }
    }
    stop = 1;
    for (i = 0; i < 4; i++) CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(arenite_free(kept));
    return check_result();
}
