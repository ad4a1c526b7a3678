package ycmtest

// resources is an amount of capacity, such as what a PBX takes from the subscription. The Ultimate Plan extensions are
// a subset of the extensions, and transcription counts only the minutes that PBXs have in addition to those in their
// plans.
type resources struct{ extensions, calls, recording, ultimate, transcription int64 }

func (r resources) plus(o resources) resources {
	return resources{
		r.extensions + o.extensions,
		r.calls + o.calls,
		r.recording + o.recording,
		r.ultimate + o.ultimate,
		r.transcription + o.transcription,
	}
}

func (r resources) minus(o resources) resources { return r.plus(o.times(-1, 1)) }

func (r resources) times(n, of int64) resources {
	return resources{
		r.extensions * n / of,
		r.calls * n / of,
		r.recording * n / of,
		r.ultimate * n / of,
		r.transcription * n / of,
	}
}

// holds reports whether r has enough of each resource for o.
func (r resources) holds(o resources) bool {
	return min(
		r.extensions-o.extensions,
		r.calls-o.calls,
		r.recording-o.recording,
		r.ultimate-o.ultimate,
		r.transcription-o.transcription,
	) >= 0
}
