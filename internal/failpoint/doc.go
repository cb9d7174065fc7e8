// Package failpoint ends, stops or fails a process at a named point, for the lab.
//
// The product does not import it. A source line
//
//	// failpoint: NAME
//
// marks a point where a crash matters. The lab builds the product with each such
// line turned into a call of [Hit], through an overlay that leaves the sources
// alone. The environment then says where the process acts, and how:
//
//	NONBIS_FAILPOINT=NAME=ACTION[:N]   at the N-th time that it gets there, by default the first
//	NONBIS_FAILPOINT_MARK=FILE         a file that is made just before it acts
//
//	kill    SIGKILL to the process itself
//	group   SIGKILL to its process group
//	stop    SIGSTOP to itself; it goes on after SIGCONT
//	linger  this goroutine stays here, and 50 ms later the process is killed: whoever
//	        goes on without it is seen
//	exit    status 70
//	panic   in the goroutine that gets there
//	eio     the function around the point returns EIO, where it returns an error
package failpoint
