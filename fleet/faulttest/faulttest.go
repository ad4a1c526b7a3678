// Package faulttest provides the faults that every kind of operation is tested against.
package faulttest

import (
	"testing"
	"time"

	"cordboard/ycm/ycmtest"
)

// Mishap is a variant of one of the eighteen faults. Its name begins with the fault's number; 0 is no fault.
type Mishap struct {
	Name          string
	fault         ycmtest.Kind
	code          int
	refuse, reset bool
	Unsent        bool // the portal is killed before sending starts
	Before        bool // it is killed just before the first byte
	After         bool // it is killed after the response
}

// Mishaps lists all variants of the faults.
var Mishaps = []Mishap{
	{Name: "0 nothing"},
	{Name: "1 refused to connect", refuse: true},
	{Name: "2 reset before any byte", reset: true},
	{Name: "3 reset, not processed", fault: ycmtest.ResetUnprocessed},
	{Name: "4 reset, processed", fault: ycmtest.ResetProcessed},
	{Name: "5 no answer, processed", fault: ycmtest.HangProcessed},
	{Name: "5 no answer, not processed", fault: ycmtest.HangUnprocessed},
	{Name: "6 answered after a minute", fault: ycmtest.LateProcessed},
	{Name: "7 500, processed", fault: ycmtest.Error500Processed},
	{Name: "8 500, not processed", fault: ycmtest.Error500},
	{Name: "9 502 of a gateway, processed", fault: ycmtest.Gateway502},
	{Name: "10 429", fault: ycmtest.RateLimited},
	{Name: "11 401", fault: ycmtest.TokenExpired},
	{Name: "12 Failed", fault: ycmtest.Failed200, code: 1000004},
	{Name: "12 Failed, trouble of YCM's own", fault: ycmtest.Failed200, code: 1000001},
	{Name: "13 broken JSON, processed", fault: ycmtest.BrokenJSON},
	{Name: "14 without id, processed", fault: ycmtest.WithoutID},
	{Name: "15 307", fault: ycmtest.Redirect307},
	{Name: "16 killed before sending", Unsent: true},
	{Name: "16 killed just before the first byte", Before: true},
	{Name: "17 killed while waiting", fault: ycmtest.HangProcessed, After: true},
	{Name: "17 killed while waiting, not processed", fault: ycmtest.HangUnprocessed, After: true},
	{Name: "18 killed after the answer", After: true},
}

// Shortened returns a number of runs, but with -short no more than one for each mishap. The race detector gains nothing
// from the others.
func Shortened(runs int) int {
	if testing.Short() {
		return min(runs, len(Mishaps))
	}
	return runs
}

// IsSlow reports whether YCM doesn't respond in time, so that a test needs a short time limit.
func (m Mishap) IsSlow() bool {
	return m.fault == ycmtest.HangProcessed || m.fault == ycmtest.HangUnprocessed || m.fault == ycmtest.LateProcessed
}

// Begin makes the next request for op fail as the mishap says.
func (m Mishap) Begin(y *ycmtest.Server, op string) {
	if m.fault != "" {
		y.Inject(ycmtest.Fault{Op: op, Kind: m.fault, Code: m.code, Delay: time.Minute, Times: 1})
	}
	if m.refuse {
		y.Refuse()
	}
	if m.reset {
		y.ResetConnections(-1)
	}
}

// End makes YCM accept connections again.
func (m Mishap) End(y *ycmtest.Server) error {
	y.ResetConnections(0)
	if m.refuse {
		return y.Accept()
	}
	return nil
}
