// Package command executes a program once and records what it did: how it
// ended and what it printed. It knows nothing of effects or ledgers.
//
// The order of calls in which nothing is lost:
//
//	signals := command.CatchSignals()  // from here on a signal waits for the child
//	defer signals.Stop()
//
//	p, err := command.Start(command.Spec{Args: args, Env: env, Signals: signals, …})
//	// *NotStartedError: nothing was executed, whatever the reason
//
//	r := p.Result()   // as soon as the child has ended and its output is read
//	record(r)         // must not depend on whether anybody still listens
//	signals.Stop()    // from here on Ctrl-C ends this process
//	p.Wait()          // until the live streams have taken everything
//
// # What is certain
//
// A child that was not started did not run: the operating system reports why
// execve failed through a pipe that a successful execve closes, so an error
// from [Start] means that no instruction of the program was executed. What the
// kernel finds wrong only after it gave up the old image (a damaged binary)
// shows up as a death by signal, never as a child that was not started.
//
// A recording does not depend on the live streams. When the caller goes away,
// closes its pipe or stops reading, the child is not told: its output is read,
// digested and recorded to the end.
//
// # Caveats
//
// Standard output and standard error are two pipes, so the child is not on a
// terminal, and the order between the two streams is kept only approximately.
//
// Everything that the child itself wrote before it ended is recorded. What its
// descendants write later is recorded for half a second, see [Result].Detached.
package command
