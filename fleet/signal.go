package fleet

import "sync"

// Signal wakes all goroutines that wait for a change. The zero Signal is ready to use.
type Signal struct {
	mu     sync.Mutex
	change chan struct{}
}

// Changed returns a channel that the next Notify closes.
func (s *Signal) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.change == nil {
		s.change = make(chan struct{})
	}
	return s.change
}

// Notify wakes all goroutines that wait on Changed.
func (s *Signal) Notify() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.change != nil {
		close(s.change)
		s.change = nil
	}
}

// Wake sends to a channel with capacity 1, unless the channel is full.
func Wake(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
