package setup

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestFileSystemsAreTold(t *testing.T) {
	for magic, want := range map[uint32]FileSystem{
		unix.TMPFS_MAGIC: Memory, unix.RAMFS_MAGIC: Memory, unix.OVERLAYFS_SUPER_MAGIC: Overlay, unix.FUSE_SUPER_MAGIC: User,
		unix.NFS_SUPER_MAGIC: Network, unix.SMB2_SUPER_MAGIC: Network, unix.CIFS_SUPER_MAGIC: Network, unix.V9FS_MAGIC: Network,
		unix.EXT4_SUPER_MAGIC: Disk, unix.XFS_SUPER_MAGIC: Disk, unix.BTRFS_SUPER_MAGIC: Disk, 0x2fc12fc1: Disk, 0: Disk,
	} {
		if got := byMagic(magic); got != want {
			t.Errorf("%#x: %v, want %v", magic, got, want)
		}
	}
}

func TestTheSystemIsAsked(t *testing.T) {
	if got, err := FileSystemOf("/proc"); err != nil || got != Disk { // what is not known is a disk
		t.Errorf("/proc: %v %v", got, err)
	}
	if _, err := os.Stat("/dev/shm"); err == nil {
		if got, err := FileSystemOf("/dev/shm"); err != nil || got != Memory {
			t.Errorf("/dev/shm: %v %v", got, err)
		}
	}
	if _, err := FileSystemOf("/does/not/exist"); err == nil {
		t.Error("what does not exist lies somewhere")
	}
}
