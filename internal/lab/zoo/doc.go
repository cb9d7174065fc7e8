// Package zoo keeps bugs: small changes of the product's source, each of which
// breaks a rule of the design or repeats a mistake that another system of this kind
// has made, with the test that must notice. The sources themselves stay as they
// are; a bug is put over them while it is tested.
//
//	go test ./internal/lab/zoo             the bugs still fit the sources, and README.md tells of all
//	go test -tags zoo ./internal/lab/zoo   each is caught; -bug NAME tries one
//	go test ./internal/lab/zoo -update     writes README.md
package zoo
