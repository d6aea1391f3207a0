"""The numbers of system calls on x86_64 and aarch64; None: that machine does not have it. See syscalls(2)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

    Numbers = dict[str, tuple[Optional[int], Optional[int]]]

# Nothing newer was judged: what has a higher number answers as if the kernel did not know it.
HIGHEST_KNOWN = 462

IOCTL, PRCTL, CAPSET = (16, 29), (157, 167), (126, 91)
PRLIMIT64, SECCOMP, CLOSE_RANGE = (302, 261), (317, 277), (436, 436)
CLONE, MMAP, FCNTL = (56, 220), (9, 222), (72, 25)
SOCKET, SOCKETPAIR = (41, 198), (53, 199)
MOUNT, UMOUNT, PIVOT_ROOT, UNSHARE = (165, 40), (166, 39), (155, 41), (272, 97)
OPEN_TREE, MOVE_MOUNT, MOUNT_SETATTR = (428, 428), (429, 429), (442, 442)
UTIMENSAT, IOPRIO_SET, SETPRIORITY = (280, 88), (251, 30), (141, 140)
# sched_setparam, sched_setscheduler, sched_setattr
SCHEDULING = ((142, 118), (144, 119), (314, 274))
SCHED_SETAFFINITY = (203, 122)
OPEN, OPENAT, CREAT = (2, None), (257, 56), (85, None)
CHMOD, FCHMODAT = (90, None), (268, 53)
FCHMOD, MKNOD, MKNODAT, TRUNCATE = (91, 52), (133, None), (259, 33), (76, 45)
# kill, tgkill, rt_sigqueueinfo, rt_tgsigqueueinfo: they name a process
SIGNALLING = ((62, 129), (234, 131), (129, 138), (297, 240))
# tkill names a thread of any process, pidfd_send_signal a descriptor
SIGNALLING_OTHERWISE = ((200, 130), (424, 424))

# What no plugin needs, and what reaches past its own process or what Landlock governs.
NEVER: Numbers = {
    # other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "process_madvise": (440, 440), "process_mrelease": (448, 448),
    "move_pages": (279, 239), "migrate_pages": (256, 238),
    # mounts and name spaces
    "mount": MOUNT, "umount2": UMOUNT, "pivot_root": PIVOT_ROOT, "chroot": (161, 51), "open_tree": OPEN_TREE,
    "move_mount": MOVE_MOUNT, "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "mount_setattr": MOUNT_SETATTR, "unshare": UNSHARE, "setns": (308, 268),
    # parts of the kernel with a wide surface
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "keyctl": (250, 219),
    "add_key": (248, 217), "request_key": (249, 218), "fanotify_init": (300, 262), "fanotify_mark": (301, 263),
    "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264), "lookup_dcookie": (212, 18),
    "modify_ldt": (154, None), "memfd_secret": (447, 447), "personality": (135, 92),
    # the machine
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225),
    "acct": (163, 89), "syslog": (103, 116), "quotactl": (179, 60), "quotactl_fd": (443, 443),
    "sethostname": (170, 161), "setdomainname": (171, 162), "settimeofday": (164, 170), "clock_settime": (227, 112),
    "clock_adjtime": (305, 266), "adjtimex": (159, 171), "vhangup": (153, 58), "iopl": (172, None),
    "ioperm": (173, None), "uselib": (134, None), "ustat": (136, None), "sysfs": (139, None), "_sysctl": (156, None),
    "nfsservctl": (180, 42),
    # memory and queues that outlive a process, and that no limit counts
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190), "semop": (65, 193),
    "semctl": (66, 191), "semtimedop": (220, 192), "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188),
    "msgctl": (71, 187), "mq_open": (240, 180), "mq_unlink": (241, 181),
}  # fmt: skip

# What a path says of a file besides its content, and who watches it: Landlock governs neither.
METADATA: Numbers = {
    "chmod": CHMOD, "fchmodat": FCHMODAT, "chown": (92, None), "lchown": (94, None), "fchown": (93, 55),
    "fchownat": (260, 54), "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16), "utime": (132, None),
    "utimes": (235, None), "futimesat": (261, None), "inotify_add_watch": (254, 27),
}  # fmt: skip

# What libraries do without where the kernel is too old for it. Some of these take in memory what a filter has to see.
AS_IF_UNKNOWN: Numbers = {
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "clone3": (435, 435),
    "memfd_create": (319, 279), "openat2": (437, 437), "fchmodat2": (452, 452),
}  # fmt: skip

NETWORK: Numbers = {"socket": SOCKET, "connect": (42, 203), "bind": (49, 200), "listen": (50, 201)}
ACCEPT: Numbers = {"accept": (43, 202), "accept4": (288, 242)}
# With these it would leave the process group that the host ends.
LEAVE_GROUP: Numbers = {"setsid": (112, 157), "setpgid": (109, 154)}
FORK: Numbers = {"fork": (57, None), "vfork": (58, None)}
EXECUTE: Numbers = {"execve": (59, 221), "execveat": (322, 281)}
