package setup

import "testing"

func TestFileSystemsAreTold(t *testing.T) {
	for name, want := range map[string]FileSystem{"apfs": Disk, "hfs": Disk, "nfs": Network, "smbfs": Network, "macfuse": User, "tmpfs": Memory} {
		if got := byName(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
