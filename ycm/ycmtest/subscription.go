package ycmtest

import (
	"maps"
	"net/http"
	"strings"
	"time"
)

// own returns the capacity that the fleet uses.
func (y *YCM) own() resources {
	var sum resources
	for _, p := range y.pbxs {
		sum = sum.plus(p.size)
	}
	return sum
}

func (y *YCM) available() resources { return y.total.minus(y.own()).minus(y.resellers) }

func (y *YCM) getSubscription(*http.Request) (any, *failure) {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.subscription(y.total, y.own(), y.resellers, y.frozen, y.config.Now()), nil
}

// subscription returns the subscription in the format of YCM's newest documentation. With ThreeResources, it returns
// the older format, which has only three resources and one date.
func (y *YCM) subscription(total, own, resellers resources, frozen int64, now time.Time) map[string]any {
	used := own.plus(resellers)
	newest := !y.config.ThreeResources
	members := func(r resources, prefix string) map[string]any {
		name := func(resource string) string {
			if prefix == "" {
				return resource
			}
			return prefix + strings.ToUpper(resource[:1]) + resource[1:]
		}
		m := map[string]any{
			name("extensionCapacity"):      r.extensions,
			name("concurrentCallCapacity"): r.calls,
			name("recordingCapacity"):      r.recording,
		}
		if newest {
			m[name("transcriptionCapacity")], m[name("ultimatePlanCapacity")] = r.transcription, r.ultimate
		}
		return m
	}
	usedMembers := members(used, "")
	maps.Copy(usedMembers, members(resellers, "assignedToReseller"))
	usedMembers["frozenExtensionCapacity"] = frozen
	s := map[string]any{
		"capacity": map[string]any{
			"total":     members(total, ""),
			"used":      usedMembers,
			"available": members(total.minus(used), ""),
		},
		"expirationTime":   day(now).AddDate(0, 0, 105).Unix(),
		"highAvailability": "Enabled",
		"whiteLabel":       "Subscribed",
	}
	if newest {
		s["recordingExpireDate"] = day(now).AddDate(0, 0, 160).Unix()
	}
	return s
}

func (y *YCM) getPlanStatistics(*http.Request) (any, *failure) {
	y.mu.Lock()
	defer y.mu.Unlock()
	var pbxs, extensions [2]int64
	for _, p := range y.pbxs {
		plan, _ := decode(p.record)["plan"].(string)
		i := 0
		if plan == ultimatePlan {
			i = 1
		}
		pbxs[i]++
		extensions[i] += p.size.extensions
	}
	return map[string]any{
		"pbxNumber":       map[string]any{"enterprisePlan": pbxs[0], "ultimatePlan": pbxs[1]},
		"extensionNumber": map[string]any{"enterprisePlan": extensions[0], "ultimatePlan": extensions[1]},
	}, nil
}
