package environ

import (
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
)

func TestUnknown(t *testing.T) {
	t.Parallel()
	type nested struct {
		Deep string `env:"CORDBOARD_DEEP"`
	}
	var commands struct {
		Serve struct {
			Addr   string `env:"CORDBOARD_ADDR"`
			Nested nested `embed:""`
		} `cmd:""`
		User struct {
			Add struct {
				Data string `env:"CORDBOARD_DATA"`
			} `cmd:""`
		} `cmd:""`
	}
	parser, err := kong.New(&commands)
	if err != nil {
		t.Fatal(err)
	}
	environment := []string{
		"PATH=/bin", "CORDBOARD_SESION_IDLE=1h", "CORDBOARD_ADDR=x", "CORDBOARD_DEEP=", "CORDBOARD_DATA=CORDBOARD_X",
		"CORDBOARD_=", "MY_CORDBOARD_X=1", "CORDBOARD_ADR",
	}
	want := []string{"CORDBOARD_", "CORDBOARD_ADR", "CORDBOARD_SESION_IDLE"}
	if d := cmp.Diff(want, Unknown(parser.Model.Node, environment)); d != "" {
		t.Errorf("unknown (-want +got):\n%s", d)
	}
	if got := Unknown(parser.Model.Node, nil); got != nil {
		t.Errorf("in an empty environment, %v are unknown", got)
	}
}
