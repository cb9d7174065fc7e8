package nonbis

import "context"

// Operation is a kind of effect with the way in which it is sent: a decorator
// that makes a function idempotent. Connectors are values of it.
type Operation[P, R any] struct {
	Name     string   // permanent once published
	Identity []string // JSON Pointers into P; see [Effect]
	Terms    *Terms
	Send     func(context.Context, Attempt, P) (R, error)
}

// Do sends p once for the task of ctx; see [WithTask] and [Do].
func (o Operation[P, R]) Do(ctx context.Context, g *Guard, p P) (Result[R], error) {
	return Do(ctx, g, Effect{Operation: o.Name, Payload: p, Identity: o.Identity, Terms: o.Terms},
		func(ctx context.Context, a Attempt) (R, error) { return o.Send(ctx, a, p) })
}
