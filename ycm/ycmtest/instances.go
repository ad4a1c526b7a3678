package ycmtest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

func (y *YCM) listCloudPbxs(r *http.Request) (any, *failure) {
	size, number, fail := paging(r)
	if fail != nil {
		return nil, fail
	}
	sort := r.URL.Query().Get("sort")
	if sort != "" && !slices.Contains([]string{"cloudPbxId", "-cloudPbxId", "createTime", "-createTime"}, sort) {
		return nil, invalidParameter
	}
	y.mu.Lock()
	onList := y.onList
	y.mu.Unlock()
	if onList != nil {
		onList(number)
	}
	y.drift(number)

	y.mu.Lock()
	defer y.mu.Unlock()
	shown := y.listed(strings.ToLower(r.URL.Query().Get("search")))
	switch strings.TrimPrefix(sort, "-") {
	case "createTime", "":
		shown = slices.Clone(shown)
		slices.SortStableFunc(shown, func(a, b *pbx) int { return int(a.created - b.created) })
	}
	if strings.HasPrefix(sort, "-") || sort == "" {
		shown = slices.Clone(shown)
		slices.Reverse(shown)
	}
	list := []json.RawMessage{}
	for _, p := range cutPage(shown, size, number) {
		y.grow(p)
		list = append(list, p.record)
	}
	return map[string]any{
		"pageSize":   size,
		"pageNumber": number,
		"total":      y.claim("listCloudPbxs", len(shown)),
		"list":       list,
	}, nil
}

// listed returns the PBXs that match search. It omits PBXs that a Lag fault still hides.
func (y *YCM) listed(search string) []*pbx {
	lag := y.lag()
	if search == "" && lag == 0 {
		return y.pbxs
	}
	if quoted, err := json.Marshal(search); err == nil { // records contain escaped characters, such as \u0026 for &
		search = string(quoted[1 : len(quoted)-1])
	}
	var shown []*pbx
	for _, p := range y.pbxs {
		if lag > 0 && !p.born.IsZero() && y.config.Now().Sub(p.born) < lag {
			continue
		}
		if search != "" && !strings.Contains(strings.ToLower(string(p.record)), search) {
			continue
		}
		shown = append(shown, p)
	}
	return shown
}

func paging(r *http.Request) (size, number int, fail *failure) {
	size, number = 10, 1
	for name, into := range map[string]*int{"pageSize": &size, "pageNumber": &number} {
		if v := r.URL.Query().Get(name); v != "" {
			n, err := strconv.ParseInt(v, 10, 32)
			if err != nil || n < 1 {
				return 0, 0, invalidParameter
			}
			*into = int(n)
		}
	}
	return min(size, 50), number, nil
}

func cutPage[T any](all []T, size, number int) []T {
	from := min((number-1)*size, len(all))
	return all[from:min(from+size, len(all))]
}

func (y *YCM) getCloudPbx(r *http.Request) (any, *failure) {
	return y.one(r, func(p *pbx) (any, *failure) { return y.single(p), nil })
}

// single returns a PBX's record for the calls that return one PBX. Unless ThreeResources is set, it adds an Ultimate
// Plan's receptionist minutes, which lists omit.
func (y *YCM) single(p *pbx) any {
	if y.config.ThreeResources || p.size.ultimate == 0 {
		return p.record
	}
	record := decode(p.record)
	record["receptionistCapacity"] = int64(60)
	record["receptionistCapacityPlan"] = int64(60)
	record["receptionistCapacityAddon"] = int64(0)
	record["usedReceptionist"] = p.id % 60
	return record
}

func (y *YCM) getCloudPbxStatus(r *http.Request) (any, *failure) {
	return y.one(r, func(p *pbx) (any, *failure) {
		record := decode(p.record)
		return map[string]any{
			"cloudPbxId":       p.id,
			"pbxStatus":        record["pbxStatus"],
			"activationStatus": record["activationStatus"],
		}, nil
	})
}

// one finds the PBX that a request names, updates its state and returns f's result. It holds the lock while f runs.
func (y *YCM) one(r *http.Request, f func(*pbx) (any, *failure)) (any, *failure) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return nil, invalidParameter
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	p := y.find(id)
	if p == nil {
		return nil, notFound
	}
	y.grow(p)
	return f(p)
}

func (y *YCM) getCloudPbxByURL(r *http.Request) (any, *failure) {
	host := r.URL.Query().Get("url")
	if host == "" {
		return nil, invalidParameter
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	p := y.byURL[host]
	if p == nil {
		return nil, notFound
	}
	y.grow(p)
	return y.single(p), nil
}

// grow brings a PBX up to date. The state of a new PBX depends on its age; live updates any other PBX.
func (y *YCM) grow(p *pbx) {
	if p.state == "" {
		y.live(p)
		return
	}
	state, done := "Provisioning", false
	switch age := y.config.Now().Sub(p.born); {
	case age >= y.config.Provisioning+y.config.Starting:
		state, done = "Running", true
	case age >= y.config.Provisioning:
		state = "Starting"
	}
	if state == p.state {
		return
	}
	record := decode(p.record)
	record["pbxStatus"] = state
	if done {
		record["initialStartUpTime"] = p.born.Add(y.config.Provisioning).Unix()
	}
	p.set(record)
	p.state = state
	if done {
		p.state = ""
	}
}

// peek returns the body of a request and leaves it readable.
func peek(r *http.Request) []byte {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return nil
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body
}
