package simulator

import "testing"

func TestAFaultIsDrawnAtItsRate(t *testing.T) {
	p := Personality{Rates: map[Fault]float64{FaultDropped: 0.25, FaultNotOK: 0.5}}
	got := map[Fault]int{}
	for n := range 1000 {
		got[p.fault(float64(n)/1000)]++
	}
	if got[FaultDropped] != 250 || got[FaultNotOK] != 500 || got[""] != 250 || len(got) != 3 {
		t.Errorf("got %v", got)
	}
}
