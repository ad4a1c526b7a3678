package ycmtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
)

const ultimatePlan = "Ultimate Plan"

// planTranscription returns the transcription minutes that a plan includes.
func planTranscription(plan string) int64 {
	if plan == ultimatePlan {
		return 240
	}
	return 120
}

// customerHasPBX is the response to a request to delete a customer who still has a PBX. The guide documents this code
// only for users; YCM's real code for customers is unknown.
var customerHasPBX = &failure{3000014, "USER_ASSOCIATED_CLOUD_PBX", http.StatusConflict}

// change finds the PBX that a request names and calls f, which may change the PBX's record. It holds the lock while f
// runs.
func (y *YCM) change(r *http.Request, f func(p *pbx, record map[string]any) *failure) (any, *failure) {
	return y.one(r, func(p *pbx) (any, *failure) {
		record := decode(p.record)
		if fail := f(p, record); fail != nil {
			return nil, fail
		}
		p.set(record)
		return nil, nil
	})
}

// startCloudPbx starts a PBX immediately. Starting a running PBX, or stopping a stopped one, succeeds and changes
// nothing. The guide doesn't specify this behavior; it is our choice.
func (y *YCM) startCloudPbx(r *http.Request) (any, *failure) {
	return y.change(r, func(_ *pbx, record map[string]any) *failure {
		record["pbxStatus"] = "Running"
		if record["initialStartUpTime"] == nil {
			record["initialStartUpTime"] = y.config.Now().Unix()
		}
		return nil
	})
}

func (y *YCM) stopCloudPbx(r *http.Request) (any, *failure) {
	return y.change(r, func(_ *pbx, record map[string]any) *failure {
		record["pbxStatus"], record["activeCalls"] = "Stopped", "0"
		return nil
	})
}

func (y *YCM) resizeCloudPbx(r *http.Request) (any, *failure) {
	var c struct {
		ExtensionCapacity, ConcurrentCallCapacity, RecordingCapacity, TranscriptionCapacity *int64
		RecordingStatus                                                                     *string
	}
	if json.NewDecoder(r.Body).Decode(
		&c,
	) != nil || c.ExtensionCapacity == nil || c.ConcurrentCallCapacity == nil || c.RecordingCapacity == nil ||
		c.RecordingStatus == nil || *c.ExtensionCapacity < 1 ||
		*c.ExtensionCapacity > 500 ||
		*c.ConcurrentCallCapacity < 1 {
		return nil, invalidParameter
	}
	return y.change(r, func(p *pbx, record map[string]any) *failure {
		if *c.RecordingCapacity < p.size.recording {
			return invalidParameter
		}
		wanted := resources{
			extensions: *c.ExtensionCapacity,
			calls:      *c.ConcurrentCallCapacity,
			recording:  *c.RecordingCapacity,
		}
		if p.size.ultimate > 0 {
			wanted.ultimate = wanted.extensions
		}
		if c.TranscriptionCapacity != nil {
			wanted.transcription = *c.TranscriptionCapacity
		}
		if !y.available().plus(p.size).holds(wanted) {
			return noCapacity
		}
		record["extensionCapacity"] = wanted.extensions
		record["concurrentCallCapacity"] = wanted.calls
		record["recordingCapacity"] = wanted.recording
		record["recordingStatus"] = *c.RecordingStatus
		plan, _ := record["plan"].(string)
		minutes := planTranscription(plan)
		record["transcriptionCapacity"] = minutes + wanted.transcription
		record["transcriptionCapacityPlan"] = minutes
		record["transcriptionCapacityAddon"] = wanted.transcription
		return nil
	})
}

func (y *YCM) updateCloudPbx(r *http.Request) (any, *failure) {
	var members map[string]string
	if json.NewDecoder(r.Body).Decode(&members) != nil || members["name"] == "" {
		return nil, invalidParameter
	}
	for _, name := range []string{"upgradeInPbx", "im", "passwordlessLogin", "allowSuperiorPasswordlessLogin"} {
		if members[name] != "Enabled" && members[name] != "Disabled" {
			return nil, invalidParameter
		}
	}
	return y.change(r, func(_ *pbx, record map[string]any) *failure {
		for name, value := range members {
			if name != "pbxApi" && name != "trunkConfigurationAccess" { // records don't have these members
				record[name] = value
			}
		}
		return nil
	})
}

func (y *YCM) getCloudPbxCustomers(r *http.Request) (any, *failure) {
	return y.one(r, func(p *pbx) (any, *failure) {
		ids := p.customers
		if ids == nil {
			ids = []int64{}
		}
		return map[string]any{"customerIds": ids}, nil
	})
}

// named returns the IDs in the given member of a request body. It reports false if that member is missing or
// invalid.
func named(r *http.Request, member string) ([]int64, bool) {
	var members map[string][]int64
	if json.NewDecoder(r.Body).Decode(&members) != nil || members[member] == nil {
		return nil, false
	}
	return members[member], true
}

func (y *YCM) setCloudPbxCustomers(r *http.Request) (any, *failure) {
	ids, ok := named(r, "customerIds")
	if !ok {
		return nil, invalidParameter
	}
	return y.change(r, func(p *pbx, _ map[string]any) *failure {
		for _, id := range ids {
			if y.customer(id) == nil {
				return notFound
			}
		}
		p.customers = slices.Clone(ids)
		return nil
	})
}

func (y *YCM) sendActivationEmails(r *http.Request) (any, *failure) {
	ids, ok := named(r, "customerIds")
	if !ok {
		return nil, invalidParameter
	}
	accounts := []string{}
	_, fail := y.change(r, func(p *pbx, _ map[string]any) *failure {
		for _, id := range ids {
			if c := y.customer(id); c != nil && slices.Contains(p.customers, id) {
				accounts = append(accounts, c.members["email"])
			}
		}
		return nil
	})
	if fail != nil {
		return nil, fail
	}
	return map[string]any{"accountList": accounts}, nil
}

// deleteCloudPbxs deletes either all of the given PBXs or none.
func (y *YCM) deleteCloudPbxs(r *http.Request) (any, *failure) {
	ids, ok := named(r, "cloudPbxIds")
	if !ok || len(ids) == 0 {
		return nil, invalidParameter
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	for _, id := range ids {
		if y.find(id) == nil {
			return nil, notFound
		}
	}
	for _, id := range ids {
		if p := y.find(id); p != nil { // nil for an ID that is in the request twice
			delete(y.byURL, p.url)
			y.pbxs = slices.DeleteFunc(y.pbxs, func(o *pbx) bool { return o == p })
		}
	}
	return nil, nil
}

// customer returns the customer with the given ID, or nil. The caller holds the lock.
func (y *YCM) customer(id int64) *customer {
	if i := slices.IndexFunc(y.customers, func(c customer) bool { return c.id == id }); i >= 0 {
		return &y.customers[i]
	}
	return nil
}

func readCustomer(r *http.Request) (customer, bool) {
	c := customer{members: map[string]string{}}
	err := json.NewDecoder(r.Body).Decode(&c.members)
	return c, err == nil && c.members["firstName"] != "" && c.members["company"] != "" && c.members["email"] != ""
}

func (y *YCM) createCustomer(r *http.Request) (any, *failure) {
	c, ok := readCustomer(r)
	if !ok {
		return nil, invalidParameter
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	if slices.ContainsFunc(y.customers, func(other customer) bool {
		return other.members["email"] == c.members["email"]
	}) {
		return nil, alreadyExists
	}
	y.lastCustomer += customerStep // IDs of deleted customers aren't used again
	c.id = y.lastCustomer
	y.customers = append(y.customers, c)
	return map[string]any{"customerId": c.id}, nil
}

// withCustomer finds the customer that a request names and passes it to f. It holds the lock while f runs.
func (y *YCM) withCustomer(r *http.Request, f func(c *customer) (any, *failure)) (any, *failure) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return nil, invalidParameter
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	c := y.customer(id)
	if c == nil {
		return nil, notFound
	}
	return f(c)
}

func (y *YCM) getCustomer(r *http.Request) (any, *failure) {
	return y.withCustomer(r, func(c *customer) (any, *failure) { return c.record(), nil })
}

func (y *YCM) updateCustomer(r *http.Request) (any, *failure) {
	replacing, ok := readCustomer(r)
	if !ok {
		return nil, invalidParameter
	}
	return y.withCustomer(r, func(c *customer) (any, *failure) {
		replacing.id = c.id
		*c = replacing
		return nil, nil
	})
}

// deleteCustomers deletes either all of the given customers or none.
func (y *YCM) deleteCustomers(r *http.Request) (any, *failure) {
	ids, ok := named(r, "customerIds")
	if !ok || len(ids) == 0 {
		return nil, invalidParameter
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	for _, id := range ids {
		if y.customer(id) == nil {
			return nil, notFound
		}
		if slices.ContainsFunc(y.pbxs, func(p *pbx) bool { return slices.Contains(p.customers, id) }) {
			return nil, customerHasPBX
		}
	}
	y.customers = slices.DeleteFunc(
		slices.Clone(y.customers),
		func(c customer) bool { return slices.Contains(ids, c.id) },
	)
	return nil, nil
}
