package change

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/operations"
	"cordboard/store"
	"cordboard/ycm"
)

// SwitchFields are the switches that an update replaces.
var SwitchFields = []fleet.Field{
	fleet.FieldPasswordlessLogin,
	fleet.FieldAllowSuperiorPasswordlessLogin,
	fleet.FieldIM,
	fleet.FieldUpgradeInPBX,
	fleet.FieldProvisioningViaTemplate,
}

// fillUpdate returns the form with the PBX's current name and switches.
func fillUpdate(p *fleet.PBX, _ Owners) url.Values {
	form := url.Values{fleet.FieldName.Name(): {p.Text(fleet.FieldName)}}
	for _, field := range SwitchFields {
		if switchOf(p.Text(field)) == input.On {
			form.Set(field.Name(), input.On)
		}
	}
	return form
}

// switchOf returns the value of a switch as YCM's requests spell it. Some records say yes or no instead.
func switchOf(word string) string {
	switch word {
	case input.On, "yes":
		return input.On
	case input.Off, "no":
		return input.Off
	}
	return word
}

// changeSwitch adds the change of a switch.
func (v *planner) changeSwitch(field fleet.Field, after string) {
	if switchOf(v.PBX.Text(field)) != after {
		v.change(field, after)
	}
}

func planUpdate(v *planner) {
	name := v.PBX.Text(fleet.FieldName)
	if v.form.Has("name") {
		name = v.Name(v.form)
	}
	values := map[fleet.Field]string{}
	for _, field := range SwitchFields {
		values[field] = v.Switch(v.form, field.Name())
	}
	if len(v.Problems) > 0 {
		return
	}
	v.change(fleet.FieldName, name)
	for _, field := range SwitchFields {
		// A request without the last of them leaves it alone; the others are always replaced.
		if field != fleet.FieldProvisioningViaTemplate || v.PBX.Text(field) != "" || values[field] == input.On {
			v.changeSwitch(field, values[field])
		}
	}
	body := ycm.UpdateCloudPBXRequest{
		Name:                           name,
		UpgradeInPBX:                   values[fleet.FieldUpgradeInPBX],
		IM:                             values[fleet.FieldIM],
		PasswordlessLogin:              values[fleet.FieldPasswordlessLogin],
		AllowSuperiorPasswordlessLogin: values[fleet.FieldAllowSuperiorPasswordlessLogin],
		ProvisioningViaTemplate:        values[fleet.FieldProvisioningViaTemplate],
	}
	if v.PBX.Text(fleet.FieldProvisioningViaTemplate) == "" && body.ProvisioningViaTemplate == input.Off {
		body.ProvisioningViaTemplate = "" // YCM doesn't report it, so leave it alone
	}
	v.encode(body)
}

func sendUpdate(ctx context.Context, y YCM, o *store.Operation) (operations.Sent, error) {
	var body ycm.UpdateCloudPBXRequest
	if err := json.Unmarshal(o.Request.Body, &body); err != nil {
		return operations.Sent{}, fmt.Errorf("decode the update request: %w", err)
	}
	done, err := y.UpdateCloudPBX(ctx, o.Target.CloudPBXID, body)
	return sent(o, done), err
}
