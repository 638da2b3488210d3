/* Stands between a process and the C library (LD_PRELOAD) and tells what it does to files below one folder: created,
 * written, cut, synced, renamed, removed. The process itself decides, in a function that it hands over, whether a call
 * goes through, fails with an error number, or comes from a node that is dead. Whoever calls the C library is seen,
 * SQLite as well as Python; what is read is not.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum what { CREATE = 1, WRITE, TRUNCATE, SYNC, RENAME, UNLINK, MKDIR, RMDIR, UNKNOWN };
enum { ASK = 0x100, MOST_FILES = 65536 };

typedef int (*hook_fn)(int what, const char *path, const char *target, long long offset, const void *data,
                       long long length);

static hook_fn hook;
static char root[4096];
static size_t root_length;
static char *names[MOST_FILES];

/* What the process calls: watch everything below `folder`; a null hook ends it. */
void tally_watch(const char *folder, hook_fn told)
{
    hook = NULL;
    strncpy(root, folder, sizeof root - 1);
    root_length = strlen(root);
    hook = told;
}

/* Closes every descriptor of a file below `folder`, as the end of a process does. Returns how many. */
int tally_close_below(const char *folder)
{
    int closed = 0;
    size_t length = strlen(folder);
    for (int fd = 0; fd < MOST_FILES; fd++)
        if (names[fd] && !strncmp(names[fd], folder, length)) {
            close(fd);
            closed++;
        }
    return closed;
}

static int is_watched(const char *path)
{
    return hook && path && root_length && !strncmp(path, root, root_length);
}

static const char *name_of(int fd)
{
    return fd >= 0 && fd < MOST_FILES && hook ? names[fd] : NULL;
}

/* Whether the call may go through; errno says why not. */
static int allowed(int what, const char *path, const char *target, long long offset, const void *data, long long length)
{
    int error = hook(what, path, target, offset, data, length);
    if (error)
        errno = error;
    return !error;
}

#define REAL(name, type)                                                                                               \
    static __typeof__(type) real;                                                                                      \
    if (!real)                                                                                                         \
    real = (__typeof__(type))dlsym(RTLD_NEXT, name)

typedef int (*open_fn)(const char *, int, ...);
typedef int (*openat_fn)(int, const char *, int, ...);

static int opened(int fd, const char *path, int flags, int stood)
{
    if (fd < 0 || fd >= MOST_FILES)
        return fd;
    free(names[fd]);
    names[fd] = strdup(path);
    if ((flags & O_CREAT) && !stood)
        hook(CREATE, path, NULL, 0, NULL, 0);
    else if (stood && (flags & O_TRUNC))
        hook(TRUNCATE, path, NULL, 0, NULL, 0);
    return fd;
}

#define OPEN(symbol)                                                                                                   \
    int symbol(const char *path, int flags, ...)                                                                       \
    {                                                                                                                  \
        REAL(#symbol, open_fn);                                                                                        \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;                                                      \
        va_end(rest);                                                                                                  \
        if (!is_watched(path))                                                                                         \
            return real(path, flags, mode);                                                                            \
        struct stat found;                                                                                             \
        int stood = !stat(path, &found);                                                                               \
        if (((flags & O_CREAT) && !stood) || (stood && (flags & O_TRUNC)))                                             \
            if (!allowed((stood ? TRUNCATE : CREATE) | ASK, path, NULL, 0, NULL, 0))                                   \
                return -1;                                                                                             \
        return opened(real(path, flags, mode), path, flags, stood);                                                    \
    }

OPEN(open)
OPEN(open64)

#define OPENAT(symbol)                                                                                                 \
    int symbol(int at, const char *path, int flags, ...)                                                               \
    {                                                                                                                  \
        REAL(#symbol, openat_fn);                                                                                      \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;                                                      \
        va_end(rest);                                                                                                  \
        if (is_watched(path))                                                                                          \
            return open(path, flags, mode);                                                                            \
        return real(at, path, flags, mode);                                                                            \
    }

OPENAT(openat)
OPENAT(openat64)

int close(int fd)
{
    REAL("close", int (*)(int));
    if (fd >= 0 && fd < MOST_FILES && names[fd]) {
        free(names[fd]);
        names[fd] = NULL;
    }
    return real(fd);
}

#define PWRITE(symbol, offset_type)                                                                                    \
    ssize_t symbol(int fd, const void *data, size_t length, offset_type offset)                                        \
    {                                                                                                                  \
        REAL(#symbol, ssize_t(*)(int, const void *, size_t, offset_type));                                             \
        const char *name = name_of(fd);                                                                                \
        if (name && !allowed(WRITE, name, NULL, offset, data, (long long)length))                                      \
            return -1;                                                                                                 \
        return real(fd, data, length, offset);                                                                         \
    }

PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t write(int fd, const void *data, size_t length)
{
    REAL("write", ssize_t(*)(int, const void *, size_t));
    const char *name = name_of(fd);
    if (name && !allowed(WRITE, name, NULL, lseek(fd, 0, SEEK_CUR), data, (long long)length))
        return -1;
    return real(fd, data, length);
}

#define FTRUNCATE(symbol, offset_type)                                                                                 \
    int symbol(int fd, offset_type length)                                                                             \
    {                                                                                                                  \
        REAL(#symbol, int (*)(int, offset_type));                                                                      \
        const char *name = name_of(fd);                                                                                \
        if (name && !allowed(TRUNCATE, name, NULL, length, NULL, 0))                                                   \
            return -1;                                                                                                 \
        return real(fd, length);                                                                                       \
    }

FTRUNCATE(ftruncate, off_t)
FTRUNCATE(ftruncate64, off64_t)

/* Nothing is synced for real: the model of the disk says what a power cut leaves. */
static int synced(int fd, const char *symbol)
{
    REAL(symbol, int (*)(int));
    const char *name = name_of(fd);
    if (!name)
        return real(fd);
    return allowed(SYNC, name, NULL, 0, NULL, 0) ? 0 : -1;
}

int fsync(int fd) { return synced(fd, "fsync"); }
int fdatasync(int fd) { return synced(fd, "fdatasync"); }

int rename(const char *from, const char *to)
{
    REAL("rename", int (*)(const char *, const char *));
    int watched = is_watched(from);
    struct stat found;
    if (watched && (stat(from, &found) || !allowed(RENAME | ASK, from, to, 0, NULL, 0))) {
        if (stat(from, &found))
            errno = ENOENT;
        return -1;
    }
    int done = real(from, to);
    if (watched && !done)
        hook(RENAME, from, to, 0, NULL, 0);
    return done;
}

#define NAMED(symbol, what)                                                                                            \
    int symbol(const char *path)                                                                                       \
    {                                                                                                                  \
        REAL(#symbol, int (*)(const char *));                                                                          \
        int watched = is_watched(path);                                                                                \
        struct stat found;                                                                                             \
        if (watched && !lstat(path, &found) && !allowed(what | ASK, path, NULL, 0, NULL, 0))                           \
            return -1;                                                                                                 \
        int done = real(path);                                                                                         \
        if (watched && !done)                                                                                          \
            hook(what, path, NULL, 0, NULL, 0);                                                                        \
        return done;                                                                                                   \
    }

NAMED(unlink, UNLINK)
NAMED(rmdir, RMDIR)

int mkdir(const char *path, mode_t mode)
{
    REAL("mkdir", int (*)(const char *, mode_t));
    int watched = is_watched(path);
    struct stat found;
    if (watched && stat(path, &found) && !allowed(MKDIR | ASK, path, NULL, 0, NULL, 0))
        return -1;
    int done = real(path, mode);
    if (watched && !done)
        hook(MKDIR, path, NULL, 0, NULL, 0);
    return done;
}

/* Calls that would change files and that the model does not know. Below the folder they are refused, and told. */
ssize_t writev(int fd, const struct iovec *parts, int count)
{
    REAL("writev", ssize_t(*)(int, const struct iovec *, int));
    const char *name = name_of(fd);
    if (!name)
        return real(fd, parts, count);
    hook(UNKNOWN, name, "writev", 0, NULL, 0);
    errno = ENOTSUP;
    return -1;
}

int fallocate(int fd, int mode, off_t offset, off_t length)
{
    REAL("fallocate", int (*)(int, int, off_t, off_t));
    const char *name = name_of(fd);
    if (!name)
        return real(fd, mode, offset, length);
    hook(UNKNOWN, name, "fallocate", 0, NULL, 0);
    errno = ENOTSUP;
    return -1;
}

int link(const char *from, const char *to)
{
    REAL("link", int (*)(const char *, const char *));
    if (!is_watched(from) && !is_watched(to))
        return real(from, to);
    hook(UNKNOWN, from, "link", 0, NULL, 0);
    errno = ENOTSUP;
    return -1;
}
