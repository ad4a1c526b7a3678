// Package grams finds the texts that can contain a word without reading them. A text that contains a word also
// contains each of its sequences of three bytes, so for each sequence, an index has the set of the texts that contain
// it. To stay small, it has a fixed number of sets, each for all sequences with one hash; that only adds candidates.
package grams

import "math/bits"

// Length is the number of bytes in a sequence. Shorter words have none, so every text can contain them.
const Length = 3

const (
	slots = 1 << slotBits
	// slotBits keeps an index to 64 bytes per text. Texts of 200 bytes are then in a quarter of the sets.
	slotBits = 9
)

// Index has the sets of texts. It is immutable, and safe for concurrent use.
type Index struct {
	sets [slots]Set
}

// Group is how many texts in a row Set.None tests at once.
const Group = 64

// Set is a set of texts, by position: bit i%64 of element i/64. The nil Set has all texts.
type Set []uint64

// None reports whether the set has none of the Group texts that begin at position i, a multiple of Group.
func (s Set) None(i int) bool { return s != nil && s[i/Group] == 0 }

// Has reports whether the set has the text at position i.
func (s Set) Has(i int) bool { return s == nil || s[i/Group]&(1<<(i%Group)) != 0 }

// New returns an index of texts.
func New(texts []string) *Index {
	x := &Index{}
	size := (len(texts) + Group - 1) / Group
	all := make([]uint64, slots*size)
	for i := range x.sets {
		x.sets[i] = all[i*size : (i+1)*size : (i+1)*size]
	}
	for i, text := range texts {
		at, bit := i/Group, uint64(1)<<(i%Group)
		for from := 0; from+Length <= len(text); from++ {
			x.sets[slot(text[from:])][at] |= bit
		}
	}
	return x
}

// Candidates returns a superset of the texts that contain word: all of them for a word shorter than Length.
func (x *Index) Candidates(word string) Set {
	if len(word) < Length {
		return nil
	}
	set := append(make(Set, 0, len(x.sets[0])), x.sets[slot(word)]...)
	for from := 1; from+Length <= len(word); from++ {
		for i, texts := range x.sets[slot(word[from:])] {
			set[i] &= texts
		}
	}
	return set
}

// slot returns the set of the sequence at the beginning of s.
func slot(s string) uint32 {
	h := uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16
	return bits.RotateLeft32(h*0x9E3779B1, slotBits) % slots // the highest bits depend on all bytes
}
