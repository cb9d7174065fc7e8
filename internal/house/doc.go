// Package house holds the rules of the house that a machine checks. It has no
// code, only tests: each rule is a function over the module's files, and each is
// shown to bite.
package house
