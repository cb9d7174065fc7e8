package setup

// FileSystem is the kind of file system that a file lies on, as far as it matters
// to a ledger.
type FileSystem int

// The kinds of file system.
const (
	Disk    FileSystem = iota // of this machine; also whatever is not known to be something else
	Memory                    // gone with the next boot
	Overlay                   // of a container, gone with it
	User                      // a program serves it (FUSE): whether it is local cannot be seen
	Network                   // shared with other machines
)

func (fs FileSystem) String() string {
	switch fs {
	case Memory:
		return "a file system in memory"
	case Overlay:
		return "the overlay of a container"
	case User:
		return "a file system that a program serves (FUSE)"
	case Network:
		return "a network file system"
	case Disk:
	}
	return "a disk"
}

// danger says what happens to a ledger there, or "".
func (fs FileSystem) danger() string {
	switch fs {
	case Memory:
		return "which is gone with the next boot, and with it what is known to be sent"
	case Overlay:
		return "which is gone with the container, and with it what is known to be sent"
	case User:
		return "which may be neither durable nor local"
	case Network:
		return "where processes of two machines cannot share the memory that SQLite needs"
	case Disk:
	}
	return ""
}
