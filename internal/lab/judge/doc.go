// Package judge decides from three logs whether every effect happened once: what
// the ledger exports, what the providers saw, and what the callers were told. It
// shares no code with the product, imports nothing but the standard library, and
// knows the product only by docs/json.md.
//
// Its rules are numbered as the invariants of the design:
//
//	I1  at most once     no effect is applied twice
//	I2  intent first     no provider sees an attempt that the ledger does not know as sent
//	I3  no hidden repeat no provider sees one attempt twice
//	I4  success is true  who was told applied got what the provider answered when it applied
//	I5  failure is true  who was told not-applied, or that a new effect is safe, can rely on it
//	I6  no silent repeat an attempt after another needs proof that the first did nothing, or its key
//	I7  durability       what was told is in the ledger; final states stay
//	I8  one answer       all who are told applied get the same value
//	I9  fingerprint      another payload under the same identity is refused, and never sent
//	I11 fencing          fences and revisions only grow
//	I12 liveness         nothing stays in flight, and what nobody can settle waits for a person
//	I13 no needless hold what can be asked for, or has a key in its window, is not left to people
//	I14 nothing lost     every effect that was accepted is in the ledger
//	I16 history          the history leads to the record, by legal steps only
//	I17 keys             a provider key stands for one effect, one body
//	I18 secrets          no canary appears in the export
package judge
