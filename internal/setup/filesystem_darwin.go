package setup

import (
	"strings"

	"golang.org/x/sys/unix"
)

// FileSystemOf asks the system what path, which exists, lies on.
func FileSystemOf(path string) (FileSystem, error) {
	var s unix.Statfs_t
	if err := statfs(path, &s); err != nil {
		return Disk, err
	}
	return byName(unix.ByteSliceToString(s.Fstypename[:])), nil
}

func byName(name string) FileSystem {
	switch name {
	case "tmpfs":
		return Memory
	case "nfs", "smbfs", "afpfs", "webdav", "ftp", "cifs", "vmhgfs", "prl_fs", "vboxsf":
		return Network
	}
	if strings.Contains(name, "fuse") { // macfuse, osxfuse, fuse-t
		return User
	}
	return Disk
}
