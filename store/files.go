package store

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const keySize = 32 // bytes

// Key returns the 32 bytes of keys/<name> in the data directory, and makes them at the first call. Keys stand beside
// the database, not in it, so that who can write the one can't forge what the other protects.
func (s *Store) Key(name string) ([]byte, error) {
	dir := filepath.Join(s.dir, "keys")
	if err := makePrivate(dir); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, name)
	key, err := readKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		key = make([]byte, keySize)
		_, _ = rand.Read(key) // never fails, says its documentation
		if err := writeKey(path, key); err != nil {
			return nil, fmt.Errorf("make the key %s: %w", path, err)
		}
		return key, nil
	}
	return key, err
}

func readKey(path string) ([]byte, error) {
	key, err := os.ReadFile(path) //nolint:gosec // of the operator's
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	if len(key) != keySize {
		return nil, fmt.Errorf("the key %s has %d bytes instead of %d", path, len(key), keySize)
	}
	return key, checkPrivate(path)
}

// HasKey says whether there is such a key, without making it.
func (s *Store) HasKey(name string) bool {
	_, err := os.Stat(filepath.Join(s.dir, "keys", name))
	return err == nil
}

func writeKey(path string, key []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // as above
	if err != nil {
		return err
	}
	_, err = f.Write(key)
	return errors.Join(err, f.Sync(), f.Close(), syncDir(filepath.Dir(path)))
}

// syncDir makes the names in a directory outlast a loss of power, as syncing a file does for its content.
func syncDir(path string) error {
	dir, err := os.Open(path) //nolint:gosec // the data directory
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// makePrivate makes a directory for us alone; one that exists keeps its mode, and the files in it have their own.
func makePrivate(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	return nil
}

func checkPrivate(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("look at %s: %w", path, err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("%s can be read by others (mode %04o): run chmod 600 on it", path, mode)
	}
	return nil
}
