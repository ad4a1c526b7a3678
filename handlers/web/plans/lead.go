package plans

import (
	"fmt"

	"cordboard/fleet/batches"
	"cordboard/store"
	"cordboard/views/ui"
)

// PBXs returns a number of PBXs in words.
func PBXs(n int) string { return ui.Count(int64(n), "PBX", "PBXs") }

// Lead returns the sentence that says what happens next to a plan or batch, or what has happened, as a user should
// know it.
func Lead(b *store.Batch, counts store.RowCounts, user int64, c ui.Clock) string {
	left := counts.States[string(store.RowPlanned)]
	switch b.State {
	case store.BatchPlanned:
		if b.Total == 0 {
			return "No row can be carried out. The rows below say why."
		}
		return fmt.Sprintf("Nothing has been sent. You can apply this plan until %s.%s", c.Time(b.Expires).Text,
			notPossible(counts, "isn’t", "aren’t"))
	case store.BatchWaiting:
		if user != b.By.ID {
			return "Nothing has been sent. Approve this plan if it’s right. Then it can be applied for an hour." +
				notPossible(counts, "isn’t", "aren’t")
		}
		return "Nothing has been sent. Another operator or admin has to approve this plan." +
			notPossible(counts, "isn’t", "aren’t")
	case store.BatchRunning:
		if left == 0 && counts.Open > 0 {
			if counts.Open == 1 {
				return "The last row is being sent or checked."
			}
			return fmt.Sprintf("The last %d rows are being sent or checked.", counts.Open)
		}
		return "You can leave this page. Users’ own requests come first, so the batch may take a while."
	case store.BatchExpired:
		return "Nothing was sent. The plan wasn’t applied within an hour, so it may be out of date. Make a new one."
	case store.BatchDone:
		return DoneWords(b, counts)
	}
	return stoppedWords(b, PBXs(left))
}

// stoppedWords returns the sentence about a batch that is paused or stopped, or a plan that was discarded. left is the
// number of PBXs left, in words.
func stoppedWords(b *store.Batch, left string) string {
	switch {
	case b.Applied.At.IsZero():
		return "Nothing was sent. The plan was discarded."
	case b.Run.Why == store.BatchWave:
		return fmt.Sprintf("A wave has ended. Check it, then continue with the next one. %s left.", left)
	case b.Run.Why == store.BatchFailures:
		return fmt.Sprintf(
			"It stopped itself, because %d consecutive rows failed. Find out why before you continue. %s left.",
			b.Run.MaxFailed, left,
		)
	case b.Run.Why == store.BatchYCMDown:
		return fmt.Sprintf("It stopped itself, because YCM can’t be reached. You can continue once it can. %s left.", left)
	case b.State == store.BatchPaused:
		return fmt.Sprintf("Nothing is sent until somebody continues. %s left.", left)
	}
	return fmt.Sprintf("It was stopped for good. %s not changed.", left)
}

// notPossible returns a sentence about the rows that aren't planned because they aren't possible, or "". one and many
// are the verbs.
func notPossible(counts store.RowCounts, one, many string) string {
	n := counts.States[string(store.RowNotApplicable)]
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" %s possible. The rows below say why.", ui.Count(int64(n), "row "+one, "rows "+many))
}

// Waves returns how a batch with a number of rows is divided into waves.
func Waves(total int) string {
	first, second := batches.FirstWave, batches.SecondWave-batches.FirstWave
	if total <= batches.SecondWave {
		return fmt.Sprintf("In waves: %d PBXs, then the rest", first)
	}
	return fmt.Sprintf("In waves: %d PBXs, then %d, then the rest", first, second)
}
