package setup

import "golang.org/x/sys/unix"

// FileSystemOf asks the system what path, which exists, lies on.
func FileSystemOf(path string) (FileSystem, error) {
	var s unix.Statfs_t
	if err := statfs(path, &s); err != nil {
		return Disk, err
	}
	return byMagic(uint32(s.Type)), nil //nolint:gosec // magic numbers have 32 bits; the field is wider or signed by architecture
}

// byMagic knows the numbers of linux/magic.h and of the file systems that have
// theirs elsewhere in the kernel's tree.
func byMagic(magic uint32) FileSystem {
	switch magic {
	case unix.TMPFS_MAGIC, unix.RAMFS_MAGIC:
		return Memory
	case unix.OVERLAYFS_SUPER_MAGIC,
		0x61756673: // aufs
		return Overlay
	case unix.FUSE_SUPER_MAGIC:
		return User
	case unix.NFS_SUPER_MAGIC, unix.SMB_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.V9FS_MAGIC,
		unix.AFS_SUPER_MAGIC, unix.AFS_FS_MAGIC, unix.CODA_SUPER_MAGIC, unix.CEPH_SUPER_MAGIC, unix.NCP_SUPER_MAGIC,
		0x01161970, // gfs2
		0x0bd00bd0, // lustre
		0x7461636f, // ocfs2
		0x19830326, // beegfs
		0x47504653, // gpfs
		0x786f4256, // vboxsf, folders of a host
		0xbacbacbc, // vmhgfs, folders of a host
		0x7c7c6673: // prl_fs, folders of a host
		return Network
	}
	return Disk
}
