package ycmtest

import (
	"net/http"
	"strings"
	"time"
)

// own is what the fleet uses.
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

func (y *YCM) subscription(total, own, resellers resources, frozen int64, now time.Time) map[string]any {
	used := own.plus(resellers)
	left := total.minus(used)
	return map[string]any{
		"capacity": map[string]any{
			"total": map[string]any{
				"extensionCapacity": total.extensions, "concurrentCallCapacity": total.calls, "recordingCapacity": total.recording,
			},
			"used": map[string]any{
				"extensionCapacity": used.extensions, "concurrentCallCapacity": used.calls, "recordingCapacity": used.recording,
				"frozenExtensionCapacity":                  frozen,
				"assignedToResellerExtensionCapacity":      resellers.extensions,
				"assignedToResellerConcurrentCallCapacity": resellers.calls,
				"assignedToResellerRecordingCapacity":      resellers.recording,
			},
			"available": map[string]any{
				"extensionCapacity": left.extensions, "concurrentCallCapacity": left.calls, "recordingCapacity": left.recording,
			},
		},
		"expirationTime": day(now).AddDate(0, 0, 105).Unix(), "highAvailability": "Enabled", "whiteLabel": "Subscribed",
	}
}

func (y *YCM) getPlanStatistics(*http.Request) (any, *failure) {
	y.mu.Lock()
	defer y.mu.Unlock()
	var pbxs, extensions [2]int64
	for _, p := range y.pbxs {
		plan, _ := decode(p.record)["plan"].(string)
		i := 0
		if strings.Contains(plan, "Ultimate") {
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
