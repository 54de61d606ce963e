// System calls that glibc wraps variadically or not at all, and macros, one line each.
#pragma once
// No _GNU_SOURCE: it changes types that Swift's Glibc module defines as well.
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static inline int sparc_prctl(int option, unsigned long value) {
    return prctl(option, value, 0, 0, 0);
}

// EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH, as in the kernel's fs/ext4/ext4.h: a power cut
// for tests. Only root may.
static inline int sparc_ext4_shutdown(int descriptor) {
    uint32_t flags = 2;
    return ioctl(descriptor, _IOR('X', 125, uint32_t), &flags);
}

static inline int sparc_close_range(unsigned first, unsigned last) {
    return (int)syscall(SYS_close_range, first, last, 0);
}

// Landlock: no wrappers in glibc. landlock_create_ruleset(2) and its kin.
static inline int sparc_landlock_version(void) {
    return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

// The three 64-bit fields of struct landlock_ruleset_attr up to version 6; older kernels take a
// shorter structure.
static inline int sparc_landlock_create(uint64_t files, uint64_t network, uint64_t scopes,
                                        size_t size) {
    uint64_t attributes[3] = {files, network, scopes};
    return (int)syscall(SYS_landlock_create_ruleset, attributes, size, 0);
}

static inline int sparc_landlock_allow(int rules, int parent, uint64_t access) {
    struct landlock_path_beneath_attr attributes = {.allowed_access = access, .parent_fd = parent};
    return (int)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &attributes, 0);
}

static inline int sparc_landlock_enforce(int rules) {
    return (int)syscall(SYS_landlock_restrict_self, rules, 0);
}

static inline int sparc_seccomp(struct sock_filter *filter, unsigned short count) {
    struct sock_fprog program = {.len = count, .filter = filter};
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

#if defined(__x86_64__)
static inline uint32_t sparc_audit_architecture(void) { return AUDIT_ARCH_X86_64; }
#elif defined(__aarch64__)
static inline uint32_t sparc_audit_architecture(void) { return AUDIT_ARCH_AARCH64; }
#else
static inline uint32_t sparc_audit_architecture(void) { return 0; }
#endif

static inline int sparc_call_socket(void) { return SYS_socket; }
static inline int sparc_call_clone(void) { return SYS_clone; }
static inline int sparc_call_clone3(void) { return SYS_clone3; }

// The system calls that a recorder never makes, by index; -1 behind the last.
static inline int sparc_refused_call(int index) {
    static const int calls[] = {
        SYS_socketpair, SYS_listen, SYS_accept, SYS_accept4, SYS_execve, SYS_execveat,
#ifdef SYS_fork
        SYS_fork, SYS_vfork,
#endif
        SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_process_madvise, SYS_kcmp,
        SYS_pidfd_open, SYS_pidfd_getfd, SYS_pidfd_send_signal, SYS_mount, SYS_umount2,
        SYS_mount_setattr, SYS_move_mount, SYS_open_tree, SYS_fsopen, SYS_fsmount, SYS_fspick,
        SYS_pivot_root, SYS_chroot, SYS_unshare, SYS_setns, SYS_bpf, SYS_perf_event_open,
        SYS_userfaultfd, SYS_add_key, SYS_request_key, SYS_keyctl, SYS_init_module,
        SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_reboot, SYS_swapon, SYS_swapoff,
        SYS_acct, SYS_quotactl, SYS_personality, SYS_open_by_handle_at, SYS_name_to_handle_at,
        SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register, SYS_mknodat, SYS_syslog,
        SYS_settimeofday, SYS_clock_settime, SYS_adjtimex, SYS_clock_adjtime, SYS_sethostname,
        SYS_setdomainname,
    };
    return index >= 0 && index < (int)(sizeof calls / sizeof calls[0]) ? calls[index] : -1;
}

// O_DIRECT, which glibc declares for _GNU_SOURCE only.
#if defined(__aarch64__) || defined(__arm__)
enum { sparc_open_direct = 0200000 };
#else
enum { sparc_open_direct = 040000 };
#endif

// syncfs(2), which glibc declares for _GNU_SOURCE only.
static inline int sparc_syncfs(int descriptor) { return (int)syscall(SYS_syncfs, descriptor); }

// Heap kept instead of being given back and faulted in again, and from what size an allocation is a
// mapping of its own: mallopt(3). Fixed, because the library's own rule follows the largest block.
static inline void sparc_keep_heap(int kept, int mapped) {
    mallopt(M_TRIM_THRESHOLD, kept);
    mallopt(M_TOP_PAD, 1 << 20);
    mallopt(M_MMAP_THRESHOLD, mapped);
}

// CRC-32C by the processor's instruction: whether it is there, and the checksum's register after
// more bytes (its start value and the final inversion are the caller's).
#if defined(__x86_64__)
static inline int sparc_has_crc32c(void) {
    return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul") ? 1 : 0;
}

// The instruction has a latency of three cycles and can be begun in each of them: three lanes of
// this many bytes are summed at once, and their registers moved to the end by a multiplication.
enum { sparc_crc32c_lane = 1024 };

__attribute__((target("sse4.2"))) static inline uint64_t
sparc_crc32c_word(uint64_t crc, const uint8_t *bytes) {
    uint64_t word;
    __builtin_memcpy(&word, bytes, 8);
    return __builtin_ia32_crc32di(crc, word);
}

// What becomes of a register by zeros: its product with x^(8n - 33) mod P, bits reversed, whose
// own 64 bits the instruction then divides by P.
__attribute__((target("sse4.2,pclmul"))) static inline uint64_t
sparc_crc32c_moved(uint64_t crc, uint32_t power) {
    typedef long long pair __attribute__((vector_size(16)));
    pair left = {(long long)crc, 0}, right = {(long long)power, 0};
    return (uint64_t)((pair)__builtin_ia32_pclmulqdq128(left, right, 0))[0];
}

__attribute__((target("sse4.2,pclmul"))) static inline uint32_t
sparc_crc32c(uint32_t crc, const uint8_t *bytes, size_t count) {
    const size_t lane = sparc_crc32c_lane;
    uint64_t wide = crc;
    for (; count >= 3 * lane; bytes += 3 * lane, count -= 3 * lane) {
        uint64_t second = 0, third = 0, last;
        size_t at = 0;
        for (; at < lane - 8; at += 8) {
            wide = sparc_crc32c_word(wide, bytes + at);
            second = sparc_crc32c_word(second, bytes + lane + at);
            third = sparc_crc32c_word(third, bytes + 2 * lane + at);
        }
        wide = sparc_crc32c_word(wide, bytes + at);
        second = sparc_crc32c_word(second, bytes + lane + at);
        __builtin_memcpy(&last, bytes + 2 * lane + at, 8);
        // n is 2048 and 1024.
        last ^= sparc_crc32c_moved(wide, 0xa51b6135) ^ sparc_crc32c_moved(second, 0x170076fa);
        wide = __builtin_ia32_crc32di(third, last);
    }
    for (; count >= 8; bytes += 8, count -= 8) { wide = sparc_crc32c_word(wide, bytes); }
    crc = (uint32_t)wide;
    for (; count > 0; bytes++, count--) { crc = __builtin_ia32_crc32qi(crc, *bytes); }
    return crc;
}
#else
static inline int sparc_has_crc32c(void) { return 0; }

static inline uint32_t sparc_crc32c(uint32_t crc, const uint8_t *bytes, size_t count) {
    (void)bytes;
    (void)count;
    return crc;
}
#endif

// Memory of a fixed size that processes share by its descriptor, closed on exec; memfd_create(2).
// The flags and commands are declared for _GNU_SOURCE only.
static inline int sparc_shared_memory(const char *name, long size) {
    // MFD_CLOEXEC, and MFD_NOEXEC_SEAL or, before Linux 6.3, MFD_ALLOW_SEALING.
    int descriptor = (int)syscall(SYS_memfd_create, name, 1u | 8u);
    if (descriptor < 0 && errno == EINVAL)
        descriptor = (int)syscall(SYS_memfd_create, name, 1u | 2u);
    if (descriptor < 0) return -1;
    // F_ADD_SEALS with F_SEAL_SEAL, _SHRINK and _GROW: no process that has it mapped can be made
    // to fault by another.
    if (ftruncate(descriptor, size) != 0 || fcntl(descriptor, 1033, 1 | 2 | 4) != 0) {
        int number = errno;
        close(descriptor);
        errno = number;
        return -1;
    }
    return descriptor;
}

// One word of shared memory. Neither access is moved over what stands before or behind it in its
// thread, as a signal handler would see it: a store is there when the next instruction crashes.
static inline void sparc_store_word(void *memory, int index, uint64_t value) {
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    __atomic_store_n((volatile uint64_t *)memory + index, value, __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static inline uint64_t sparc_load_word(void *memory, int index) {
    return __atomic_load_n((volatile uint64_t *)memory + index, __ATOMIC_RELAXED);
}

// tgkill(2): the signal is handled by that very thread.
static inline int sparc_signal_thread(int process, int thread, int number) {
    return (int)syscall(SYS_tgkill, process, thread, number);
}

// waitid(2): waits for a child's end and leaves it to be reaped by whoever does that. Its exit
// status, or 256 and the signal; -1 if it has been reaped already.
static inline int sparc_wait_for_end(int process) {
    siginfo_t info;
    while (waitid(P_PID, (id_t)process, &info, WEXITED | WNOWAIT) != 0)
        if (errno != EINTR) return -1;
    return info.si_code == CLD_EXITED ? info.si_status : 256 + info.si_status;
}
